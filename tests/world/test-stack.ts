import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseDevPorts } from '../../workers/dev/ports.ts';
import type { ScriptedSettings } from '../../workers/dev/environment.ts';
import { startStack } from '../../workers/dev/stack.ts';
import type { Stack } from '../../workers/dev/stack.ts';

/** The whole system on the sandbox, on free ports and in a folder of its own, gone when disposed of. */
export interface TestStack extends Stack, AsyncDisposable {}

/** Starts every process for real; takes some seconds, so one stack serves a whole test file. */
export async function startTestStack(scripted: ScriptedSettings = {}): Promise<TestStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-stack-'));
  const stack = await startStack({
    dataDir,
    ports: await chooseDevPorts(['all=0']),
    profile: 'test',
    paceMs: 50,
    scripted,
    say: () => undefined,
  });
  return {
    ...stack,
    [Symbol.asyncDispose]: async () => {
      await stack.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
