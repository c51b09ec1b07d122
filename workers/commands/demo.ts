import { relative, resolve } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { openBoardPerson } from '../demo/person.ts';
import { playTask } from '../demo/play-task.ts';
import type { PlayedTask } from '../demo/play-task.ts';
import type { Card } from '../demo/read-card.ts';
import { createNarrator, linksOf } from '../demo/progress.ts';
import type { Narrator } from '../demo/progress.ts';
import { proveTask, worldOf } from '../demo/proof.ts';
import type { Check, TaskResult } from '../demo/proof.ts';
import { DEMO_WISHES } from '../demo/wishes.ts';
import { holdFolder } from '../dev/hold-folder.ts';
import { chooseDevPorts, devUrls } from '../dev/ports.ts';
import { startStack, wipeStack } from '../dev/stack.ts';
import type { Stack } from '../dev/stack.ts';
import { untilInterrupted } from '../dev/until-interrupted.ts';

const TASK_LIMIT_MS = 180_000;

/** Options of `orch demo`. */
export interface DemoOptions {
  port: readonly string[];
  data: string;
  keep: boolean;
  json: boolean;
  tasks: number;
  paceMs: number;
}

/**
 * Plays the demo: starts everything, delivers three board items to production, proves it from outside and ends everything.
 * Answers the exit code: 0 all proven, 1 not, 130 interrupted.
 */
export async function demo(options: DemoOptions): Promise<number> {
  const narrator = createNarrator(options.json ? process.stderr : process.stdout);
  const dataDir = resolve(options.data);
  const ports = await chooseDevPorts(options.port);
  return holdFolder(dataDir, () =>
    untilInterrupted(async (signal) => {
      await wipeStack(dataDir);
      const { paceMs } = options;
      const stack = await startStack({
        dataDir,
        ports,
        profile: 'test',
        paceMs,
        say: narrator.say,
      });
      try {
        const outcome = await playAll(stack, { options, narrator, signal });
        report(outcome, { options, narrator });
        if (options.keep) await keepUp({ stack, narrator, signal });
        return outcome.checks.every(({ isTrue }) => isTrue) ? 0 : 1;
      } finally {
        narrator.say('ending everything');
        await stack.stop();
      }
    }),
  );
}

interface Outcome {
  tasks: TaskResult[];
  checks: Check[];
  links: Record<string, string>;
}

async function playAll(
  stack: Stack,
  about: { options: DemoOptions; narrator: Narrator; signal: AbortSignal },
): Promise<Outcome> {
  const { options, narrator, signal } = about;
  const addresses = devUrls(stack.ports);
  const { board: url } = addresses;
  const person = await openBoardPerson({
    url,
    token: stack.secrets.anna,
    workspace: 'acme',
    projectId: stack.boardProjectId,
  });
  const connection = await Connection.connect({ address: `127.0.0.1:${stack.ports.temporal}` });
  const outcome: Outcome = { tasks: [], checks: [], links: {} };
  const played: { task: PlayedTask; card: Card | null }[] = [];
  try {
    const client = new Client({ connection });
    for (const wish of DEMO_WISHES.slice(0, options.tasks)) {
      narrator.heading(wish.title);
      const stage = { person, client, prefix: 'NOTE', limitMs: TASK_LIMIT_MS, signal };
      const task = await playTask({ ...stage, onProgress: narrator.progress }, wish);
      const proof = await proveTask(worldOf(stack), task);
      narrator.proof(proof);
      played.push({ task, card: proof.card });
      outcome.tasks.push(proof.result);
      outcome.checks.push(...proof.checks);
    }
  } finally {
    await connection.close();
  }
  return { ...outcome, links: linksOf(addresses, played) };
}

function report(
  { tasks, checks, links }: Outcome,
  about: { options: DemoOptions; narrator: Narrator },
): void {
  const { options, narrator } = about;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ tasks, links }, null, 2)}\n`);
    return;
  }
  const failed = checks.filter(({ isTrue }) => !isTrue).length;
  narrator.heading(failed === 0 ? 'Proven' : `NOT proven: ${failed} checks`);
  for (const [name, url] of Object.entries(links)) narrator.say(`${name.padEnd(22)} ${url}`);
  if (!options.keep) narrator.say('these end with the demo; to open them: npm run demo -- --keep');
}

async function keepUp(about: {
  stack: Stack;
  narrator: Narrator;
  signal: AbortSignal;
}): Promise<void> {
  const { stack, narrator, signal } = about;
  narrator.say(`look around: npm run orch -- --env ${relative('.', stack.envFile)} task list`);
  narrator.say('everything stays up; Ctrl-C ends it');
  await new Promise<void>((leave) => {
    if (signal.aborted) leave();
    signal.addEventListener('abort', () => {
      leave();
    });
  });
}
