import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { BuildAnswer, HostActivities } from '../../workflows/domain/activities.ts';
import { quote } from '../render-sections.ts';
import { documentIdOf, type DocumentStore } from '../documents.ts';
import { ToolError } from '../errors.ts';
import { withFileLock } from '../file-lock.ts';
import { withHeartbeats, type LifeLine } from '../heartbeat.ts';
import type { ProjectRegistry } from '../projects.ts';
import { runIdOf } from '../run-id.ts';
import { findBuildOf, keepBuild, lockOfBuild } from './build-store.ts';
import { UnusableFolder } from './digest-folder.ts';
import type { CheckoutEnd, CheckoutPorts } from './run-in-checkout.ts';
import { forgetCheckout, runInCheckout, tailOf } from './run-in-checkout.ts';

/** What building a sealed commit needs from outside. */
export interface BuildPorts extends CheckoutPorts {
  registry: ProjectRegistry;
  documents: DocumentStore;
}

type BuildInput = Parameters<HostActivities['buildSealed']>[0];

const MUST_FIX = 'build-must-fix.md';

/**
 * Builds the sealed commit in a fresh checkout, once: whoever asks again gets the first build. A failing command and an
 * unusable result are the work's fault. Throws ToolError when the command ran out of time, was killed or could not start.
 */
export async function buildSealed(ports: BuildPorts, input: BuildInput): Promise<BuildAnswer> {
  return withHeartbeats(
    () => ({ revision: input.seal.sha }),
    async (life) =>
      withFileLock(await lockOfBuild(ports.dataDir, input.seal.sha), life.signal, async () => {
        const made = await findBuildOf(ports.dataDir, input.seal.sha);
        if (made !== null) return { kind: 'built', build: made };
        return buildOnce(ports, input, life);
      }),
  );
}

async function buildOnce(
  ports: BuildPorts,
  input: BuildInput,
  life: LifeLine,
): Promise<BuildAnswer> {
  const { commands, sandbox } = ports.registry.byKey(input.task.project);
  const { sha } = input.seal;
  const run = {
    runId: runIdOf(input.key),
    repo: input.task.repo,
    sha,
    argv: commands.build,
    env: { REVISION: sha },
    hosts: sandbox.hosts,
    timeoutMs: input.timeoutMs,
  };
  const end = await runInCheckout(ports, run, life);
  const trouble = findTrouble(end);
  if (trouble !== null) {
    await ports.runs.discard(run.runId);
    throw new ToolError(`the build of ${sha} ${trouble}`);
  }
  const answer = await keepResult(ports, input, { end, output: commands.buildOutput });
  await forgetCheckout(ports, run.runId);
  return answer;
}

/** What kept the command from judging the work, or null. */
function findTrouble({ exit }: CheckoutEnd): string | null {
  if (exit.timedOut) return 'ran out of time';
  if (exit.killed !== null) return `was ended: ${exit.killed}`;
  return exit.signal === null ? null : `was ended by ${exit.signal}`;
}

async function keepResult(
  ports: BuildPorts,
  input: BuildInput,
  { end, output }: { end: CheckoutEnd; output: string },
): Promise<BuildAnswer> {
  if (end.exit.exitCode !== 0) {
    return refuse(ports, input, {
      reason: `The build command ended with code ${end.exit.exitCode ?? 'unknown'}.`,
      end,
    });
  }
  const folder = await findOutput(end.tree, output);
  if (folder === null) {
    return refuse(ports, input, { reason: `The build left no folder ${output}.`, end });
  }
  try {
    return { kind: 'built', build: await keepBuild(ports.dataDir, input.seal.sha, folder) };
  } catch (error) {
    if (!(error instanceof UnusableFolder)) throw error;
    return refuse(ports, input, { reason: `The build cannot be used: ${error.message}.`, end });
  }
}

/** The result folder when it is a folder inside the checkout, else null. */
async function findOutput(tree: string, output: string): Promise<string | null> {
  const folder = await realpath(join(tree, output)).catch(() => null);
  if (folder === null || !folder.startsWith(`${await realpath(tree)}${sep}`)) return null;
  return (await stat(folder)).isDirectory() ? folder : null;
}

async function refuse(
  ports: BuildPorts,
  { task, key, seal }: BuildInput,
  { reason, end }: { reason: string; end: CheckoutEnd },
): Promise<BuildAnswer> {
  const documentId = documentIdOf(key, MUST_FIX);
  await ports.documents.save({
    id: documentId,
    taskId: task.id,
    life: task.life,
    name: MUST_FIX,
    body: `# The build of ${seal.sha} failed\n\n${reason}\n\n${quote(await tailOf(end.exit))}\n`,
  });
  return { kind: 'failed', mustFixRef: { documentId, url: null } };
}
