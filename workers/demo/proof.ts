import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { documentsOf } from '../../workflows/domain/ids.ts';
import { totalUsage } from '../../workflows/domain/usage.ts';
import { devUrls } from '../dev/ports.ts';
import type { Stack } from '../dev/stack.ts';
import type { PlayedTask } from './play-task.ts';
import { readCard } from './read-card.ts';
import type { Card } from './read-card.ts';

/** One finished task as scripts read it. Times in seconds, money in USD (null = unknown). */
export interface TaskResult {
  id: string;
  track: string;
  stage: string;
  seconds: number;
  costUsd: number | null;
  returns: number;
  sealedSha: string | null;
  landedSha: string | null;
  sealedTree: string | null;
  landedTree: string | null;
  stagingDigest: string | null;
  productionDigest: string | null;
  productionRevision: string | null;
  stages: readonly { stage: string; seconds: number }[];
}

/** One statement about the world, checked from outside the app. */
export interface Check {
  what: string;
  isTrue: boolean;
}

/** Where the world is looked at. */
export interface World {
  forge: string;
  forgeToken: string;
  production: string;
  chat: string;
}

const Version = z.object({ revision: z.string() });
const Pull = z.object({ merged: z.boolean() });

/** The world of a stack. */
export function worldOf({ ports, secrets }: Stack): World {
  const { forge, production, chat } = devUrls(ports);
  return { forge, forgeToken: secrets.forgeAnna, production, chat };
}

/** What was found out about a finished task. */
export interface Proof {
  result: TaskResult;
  checks: readonly Check[];
  card: Card | null;
}

/** Looks at forge, git and production, right after a task ended, and says what holds. */
export async function proveTask(world: World, task: PlayedTask): Promise<Proof> {
  const { view, id, boardState } = task;
  const revision = Version.parse(await readJson(`${world.production}/version`)).revision;
  const git = await readMain(world, task);
  const pull = view.pullRequest
    ? Pull.parse(
        await readJson(
          `${world.forge}/api/v1/repos/${view.ref.repo}/pulls/${view.pullRequest.number}`,
          world.forgeToken,
        ),
      )
    : { merged: false };
  const card = await readCard(world.chat, id);
  const result: TaskResult = {
    ...summarise(task),
    landedSha: git.main,
    landedTree: git.mainTree,
    productionRevision: revision,
  };
  const checks = [
    { what: `board item ${id} is Done`, isTrue: boardState === 'Done' },
    { what: 'the pull request is merged', isTrue: pull.merged },
    { what: 'main is the sealed commit', isTrue: git.main === view.seal?.sha },
    { what: "main's tree is the sealed tree", isTrue: git.mainTree === view.seal?.tree },
    { what: `its documents are on main`, isTrue: git.documents.length >= 8 },
    { what: 'production answers with that revision', isTrue: revision === view.seal?.sha },
    { what: 'the card is final', isTrue: card?.text.includes('Done') === true },
    {
      what: 'staging and production ran the same digest',
      isTrue: view.stagingDigest !== null && view.stagingDigest === view.productionDigest,
    },
  ];
  return { result, checks, card };
}

function summarise({ view }: PlayedTask): TaskResult {
  const end = view.endedAt ?? view.startedAt;
  return {
    id: view.ref.id,
    track: view.track,
    stage: view.stage,
    seconds: secondsBetween(view.startedAt, end),
    costUsd: roundCents(totalUsage(view.runs).costUsd),
    returns: view.returns,
    sealedSha: view.seal?.sha ?? null,
    landedSha: view.landed?.sha ?? null,
    sealedTree: view.seal?.tree ?? null,
    landedTree: view.landed?.tree ?? null,
    stagingDigest: view.stagingDigest,
    productionDigest: view.productionDigest,
    productionRevision: null,
    stages: view.visits.map(({ stage, startedAt, endedAt }) => ({
      stage,
      seconds: secondsBetween(startedAt, endedAt ?? end),
    })),
  };
}

const roundCents = (usd: number | null): number | null =>
  usd === null ? null : Math.round(usd * 100) / 100;

const secondsBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10;

/** main as a stranger sees it: a fresh clone over HTTP. */
async function readMain(
  world: World,
  { view, id }: PlayedTask,
): Promise<{ main: string; mainTree: string; documents: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-proof-'));
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await execa('git', ['-C', folder, ...args], {
      env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
    });
    return stdout.trim();
  };
  try {
    await git('clone', '--quiet', '--bare', `${world.forge}/${view.ref.repo}.git`, '.');
    const [main, mainTree, documents] = await Promise.all([
      git('rev-parse', 'main'),
      git('rev-parse', 'main^{tree}'),
      git('ls-tree', '-r', '--name-only', 'main', `${documentsOf(id)}/`),
    ]);
    return { main, mainTree, documents: documents.split('\n').filter((name) => name !== '') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readJson(url: string, token?: string): Promise<unknown> {
  const answer = await fetch(url, {
    ...(token !== undefined && { headers: { Authorization: `token ${token}` } }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}
