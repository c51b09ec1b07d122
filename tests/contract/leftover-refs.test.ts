import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runIdOf } from '../../activities/run-id.ts';
import type { ProduceInput, SealInput } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { RunKey } from '../../workflows/domain/runs.ts';
import { HostWorld } from './host-world.ts';

const WORK = 'refs/orch/work/NOTE-1';
const BRANCH = 'refs/heads/feature/NOTE-1-note-count';
const PERMANENT = { name: 'PermanentError' };

let world: HostWorld;

beforeEach(async () => {
  world = await HostWorld.create();
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const uncounted = (key: RunKey) => world.head(`refs/orch/uncounted/${runIdOf(key)}`);

const produce = (input: ProduceInput) => world.runToEnd(input);

/** A run whose pushes arrive while the workflow never learns of them. */
async function produceUnrecorded(text: string): Promise<{ key: RunKey; head: Sha }> {
  await world.scriptAgent(`echo ${text} > ${text}.txt`);
  const input = world.produceInput('developer');
  return { key: input.key, head: (await produce(input)).workHead };
}

async function develop(text: string): Promise<void> {
  await world.scriptAgent(`echo ${text} > ${text}.txt`);
  await world.produce('developer');
}

/** Moves a ref on the forge to a commit of a person. */
async function pushAsPerson(ref: string): Promise<Sha> {
  const stranger = await world.commitToMain({ 'by-hand.txt': 'x' });
  await world.onForge('update-ref', 'refs/heads/main', world.baseSha);
  await world.onForge('update-ref', ref, stranger);
  return stranger;
}

async function list(pattern: string): Promise<string[]> {
  const lines = await world.onForge('for-each-ref', '--format=%(refname) %(objectname)', pattern);
  return lines.split('\n').filter((line) => line !== '');
}

describe('what a run pushed before it broke for good', () => {
  beforeEach(async () => {
    await world.prepare();
  });

  it('is put back for the next run of an agent, and kept', async () => {
    const lost = await produceUnrecorded('lost');
    await develop('found');
    expect(await world.head(WORK)).toBe(world.workHead);
    expect(await world.head(BRANCH)).toBe(world.workHead);
    expect(await world.onForge('rev-parse', `${world.workHead}^`)).toBe(world.baseSha);
    expect(await uncounted(lost.key)).toBe(lost.head);
  });

  it('leaves the branch where the workflow knows it when the next run changes nothing', async () => {
    await develop('first');
    const { workHead, branchHead } = world;
    await produceUnrecorded('lost');
    await world.scriptAgent('true');
    expect(await world.produce('developer')).toMatchObject({ workHead, branchHead });
    expect(await world.head(WORK)).toBe(workHead);
    expect(await world.head(BRANCH)).toBe(branchHead);
  });

  it('is put back for the tests, and for their next run too', async () => {
    await develop('first');
    const test = { task: world.task, workHead: world.workHead, timeoutMs: 20_000 };
    const run = (key: RunKey) => world.call((activities) => activities.runTests({ ...test, key }));
    const keys = [1, 2, 3].map(() => world.key('test', 'testing'));
    const heads: (string | null)[] = [];
    for (const key of keys) heads.push((await run(key)).workHead);
    expect(new Set(heads).size).toBe(3);
    expect(await Promise.all(keys.map(uncounted))).toEqual([heads[0], heads[1], null]);
    expect(await world.head(WORK)).toBe(heads[2]);
  });

  it('is put back for the seal, on the work ref and on the branch', async () => {
    await develop('first');
    const { task, title, baseSha, workHead, branchHead } = world;
    const verdict = await world.call((activities) =>
      activities.catchUp({ task, key: world.key('retest'), baseSha, workHead }),
    );
    if (verdict.kind !== 'caught-up') throw new Error(verdict.kind);
    const security = { status: 'PASS', findings: 0, scanned: 3, mustFixRef: null } as const;
    const known = { task, title, baseSha, workHead, branchHead, security, coverage: 'none' };
    const seal = (key: RunKey) => {
      const input: SealInput = { ...known, key, testedCodeTree: verdict.codeTree };
      return world.call((activities) => activities.seal(input));
    };
    const [one, two] = [world.key('build'), world.key('build')];
    const first = await seal(one);
    const second = await seal(two);
    expect(await uncounted(one)).toBe(first.sha);
    expect([await world.head(WORK), await world.head(BRANCH)]).toEqual([second.sha, second.sha]);
    expect(await seal(two)).toEqual(second);
  });

  it('is put back for the next rebase, which does not descend from it', async () => {
    await develop('first');
    const { task, baseSha, workHead } = world;
    const catchUp = () => {
      const input = { task, key: world.key('retest'), baseSha, workHead };
      return world.call((activities) => activities.catchUp(input));
    };
    await world.commitToMain({ 'one.txt': '1' });
    const first = await catchUp();
    const main = await world.commitToMain({ 'two.txt': '2' });
    const second = await catchUp();
    if (first.kind !== 'caught-up' || second.kind !== 'caught-up') throw new Error('a conflict');
    expect(second.baseSha).toBe(main);
    expect(await world.head(WORK)).toBe(second.workHead);
    expect((await list('refs/orch/uncounted')).join()).toContain(first.workHead);
  });

  it('is kept once more when its run has something else kept already', async () => {
    const lost = await produceUnrecorded('lost');
    await world.onForge('update-ref', `refs/orch/uncounted/${runIdOf(lost.key)}`, world.baseSha);
    await develop('found');
    expect(await list('refs/orch/uncounted')).toContain(
      `refs/orch/uncounted/${runIdOf(lost.key)}-${lost.head.slice(0, 8)} ${lost.head}`,
    );
  });

  it('goes forward again where a late attempt put it back', async () => {
    await develop('first');
    await world.onForge('update-ref', WORK, world.baseSha);
    await world.onForge('update-ref', '-d', BRANCH);
    await develop('second');
    expect(await world.head(WORK)).toBe(world.workHead);
    expect(await world.head(BRANCH)).toBe(world.workHead);
    expect(await list('refs/orch/uncounted')).toEqual([]);
  });
});

describe('what somebody else pushed', () => {
  beforeEach(async () => {
    await world.prepare();
  });

  it('to the branch during a run stops it for good, and the next before its agent is paid, until it is gone', async () => {
    const stranger = await pushAsPerson('refs/heads/aside');
    await world.scriptAgent(
      `echo a > a.txt; git --git-dir ${world.forge} update-ref ${BRANCH} ${stranger}`,
    );
    const broken = world.produceInput('developer');
    await expect(produce(broken)).rejects.toMatchObject(PERMANENT);
    const pushed = await world.head(WORK);
    expect(pushed).not.toBe(world.workHead);

    const refused = world.produceInput('developer');
    await expect(produce(refused)).rejects.toThrow(`then delete ${BRANCH}`);
    expect(existsSync(join(world.dataDir, 'runs', runIdOf(refused.key)))).toBe(false);
    expect(await world.head(BRANCH)).toBe(stranger);

    await world.onForge('update-ref', '-d', BRANCH);
    await develop('b');
    expect(await world.head(BRANCH)).toBe(world.workHead);
    expect(await uncounted(broken.key)).toBe(pushed);
  });

  it('on top of our branch is never overwritten, not even with the trailers of ours', async () => {
    await develop('first');
    await world.git('fetch', '--quiet', 'origin', BRANCH);
    await world.git('checkout', '--quiet', 'FETCH_HEAD');
    await world.git('commit', '--quiet', '--amend', '--allow-empty', '--no-edit', '--date=now');
    await world.git('push', '--quiet', '--force', 'origin', `HEAD:${BRANCH}`);
    const amended = await world.head(BRANCH);
    expect(amended).not.toBe(world.branchHead);
    await expect(world.produce('developer')).rejects.toMatchObject(PERMANENT);
    expect(await world.head(BRANCH)).toBe(amended);
  });

  it('to the work ref is not touched, nor is the work of another life', async () => {
    const stranger = await pushAsPerson(WORK);
    await expect(world.produce('developer')).rejects.toThrow(`${WORK} is at ${stranger}`);
    expect(await world.head(WORK)).toBe(stranger);

    await world.onForge('update-ref', WORK, world.workHead);
    const other = await produceUnrecorded('other');
    world.restart();
    await expect(world.produce('developer')).rejects.toThrow('this life of NOTE-1 did not make');
    expect(await world.head(WORK)).toBe(other.head);
  });
});

describe('a new life of an item', () => {
  const preserved = () => list('refs/orch/preserved');

  it('keeps the work its predecessor left, frees both names and starts from fresh main', async () => {
    await world.prepare();
    await develop('old');
    const { workHead: old } = world;
    const main = await world.commitToMain({ 'other.txt': 'x' });
    world.restart();
    expect(await world.prepare()).toEqual({ baseSha: main, workHead: main });
    expect(await world.head(BRANCH)).toBeNull();
    expect(await preserved()).toEqual([
      expect.stringMatching(`^refs/orch/preserved/NOTE-1-[0-9a-f]{8} ${old}$`),
    ]);
    await develop('new');
    expect(await world.head(BRANCH)).toBe(world.workHead);
  });

  it('keeps branch and work ref apart where they differ, and each life apart', async () => {
    const heads: string[] = [];
    for (const text of ['one', 'two']) {
      await world.prepare();
      await develop(text);
      await world.scriptAgent('echo more > more.txt');
      await world.produce('developer', { pushBranch: false });
      heads.push(String(await world.head(WORK)), String(await world.head(BRANCH)));
      world.restart();
    }
    await world.prepare();
    const kept = (await preserved()).map((line) => line.split(' ')[1]);
    expect(kept.sort()).toEqual(heads.sort());
    expect(new Set(kept).size).toBe(4);
  });

  it('finishes when its first attempt died half-way', async () => {
    await world.prepare();
    await develop('old');
    const { workHead: old } = world;
    world.restart();
    await world.prepare();
    const kept = await preserved();
    await world.onForge('update-ref', WORK, old);
    await world.prepare();
    expect(await world.head(WORK)).toBe(world.baseSha);
    expect(await preserved()).toEqual(kept);
  });

  it('keeps nothing of a predecessor that landed, and removes its branch', async () => {
    await world.prepare();
    await develop('old');
    await world.onForge('update-ref', 'refs/heads/main', world.workHead);
    const { workHead: main } = world;
    world.restart();
    expect(await world.prepare()).toEqual({ baseSha: main, workHead: main });
    expect(await world.head(BRANCH)).toBeNull();
    expect(await preserved()).toEqual([]);
  });

  it('keeps a work ref nobody of ours made', async () => {
    await world.prepare();
    const stranger = await pushAsPerson(WORK);
    await world.prepare();
    expect(await preserved()).toEqual([
      `refs/orch/preserved/NOTE-1-${stranger.slice(0, 8)} ${stranger}`,
    ]);
  });

  it('does not touch a branch of a person, nor anything else then', async () => {
    await world.prepare();
    await develop('old');
    const { workHead: old } = world;
    const stranger = await pushAsPerson(BRANCH);
    world.restart();
    await expect(world.prepare()).rejects.toMatchObject(PERMANENT);
    await expect(world.prepare()).rejects.toThrow(`${BRANCH} is at ${stranger}`);
    expect(await world.head(BRANCH)).toBe(stranger);
    expect(await world.head(WORK)).toBe(old);
    expect(await preserved()).toEqual([]);
  });

  it('I10: closing keeps the work of every life', async () => {
    const heads: string[] = [];
    for (const text of ['one', 'two']) {
      await world.prepare();
      await develop(text);
      heads.push(world.workHead);
      const { task } = world;
      await world.call((activities) => activities.closeWorkspace({ task, evidence: [] }));
      await world.onForge('update-ref', '-d', BRANCH);
      world.restart();
    }
    const kept = (await preserved()).map((line) => line.split(' ')[1]);
    expect(kept.sort()).toEqual(heads.sort());
  });
});
