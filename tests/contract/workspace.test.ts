import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SealInput } from '../../workflows/domain/activities.ts';
import type { Seal } from '../../workflows/domain/task-state.ts';
import { HostWorld } from './host-world.ts';

const WORK = 'refs/orch/work/NOTE-1';
const BRANCH = 'refs/heads/feature/NOTE-1-note-count';
const DOCUMENTS = 'docs/work-items/NOTE-1';
const TIMEOUT_MS = 20_000;

let world: HostWorld;

beforeEach(async () => {
  world = await HostWorld.create();
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const testInput = () => ({
  task: world.task,
  key: world.key('test', 'testing'),
  workHead: world.workHead,
  timeoutMs: TIMEOUT_MS,
});

async function test(input = testInput()) {
  const answer = await world.call((activities) => activities.runTests(input));
  world.workHead = answer.workHead;
  return answer.verdict;
}

const catchUpInput = () => ({
  task: world.task,
  key: world.key('retest', 'deploy-staging'),
  baseSha: world.baseSha,
  workHead: world.workHead,
});

const sealInput = (testedCodeTree: SealInput['testedCodeTree']): SealInput => ({
  task: world.task,
  key: world.key('build', 'deploy-staging'),
  title: world.title,
  baseSha: world.baseSha,
  workHead: world.workHead,
  branchHead: world.branchHead,
  testedCodeTree,
  security: { status: 'PASS', findings: 0, scanned: 3, mustFixRef: null },
  coverage: 'no baseline is set',
});

/** A task whose developer made `script`, as the tree of workHead. */
async function develop(script: string): Promise<void> {
  await world.prepare();
  await world.scriptAgent(script);
  await world.produce('developer');
}

/** Lands a seal as the forge would: fast-forward only. */
const land = (seal: Seal) => world.onForge('update-ref', 'refs/heads/main', seal.sha, seal.baseSha);

describe('preparing', () => {
  it('ORCH-088: cuts from main as it is now, and again until the first commit is made', async () => {
    const first = await world.prepare();
    expect(first.workHead).toBe(first.baseSha);
    expect(await world.prepare()).toEqual(first);
    const newer = await world.commitToMain({ 'other.txt': 'x' });
    expect(await world.prepare()).toEqual({ baseSha: newer, workHead: newer });
    expect(await world.head(WORK)).toBe(newer);
  });

  it('adopts the commits of this life on any host, with the base they were made on', async () => {
    await develop('echo a > a.txt');
    const { baseSha, workHead } = world;
    await world.commitToMain({ 'other.txt': 'x' });
    await rm(world.dataDir, { recursive: true });
    expect(await world.prepare()).toEqual({ baseSha, workHead });
  });

  it('a new life starts from main, whatever the old one left', async () => {
    await develop('echo a > a.txt');
    const { baseSha } = world;
    world.restart();
    expect(await world.prepare()).toEqual({ baseSha, workHead: baseSha });
    expect(await world.head(WORK)).toBe(baseSha);
  });

  it('says so when the repository has no main', async () => {
    await world.onForge('update-ref', '-d', 'refs/heads/main');
    await expect(world.prepare()).rejects.toMatchObject({ name: 'PermanentError' });
  });
});

describe('testing', () => {
  it('green tests pass for the code tree, and their report is committed to the work ref only', async () => {
    await develop('echo a > a.txt');
    const { branchHead } = world;
    const verdict = await test();
    expect(verdict).toMatchObject({ kind: 'pass' });
    expect(verdict.kind === 'pass' && verdict.passed).toBeGreaterThan(0);
    const report = await world.fileAt(WORK, `${DOCUMENTS}/13-test-report.md`);
    expect(report).toMatch(/^---\nwork_item: NOTE-1\nresult: PASS\n/);
    expect(await world.head(BRANCH)).toBe(branchHead);
  });

  it('a repeat answers the same and commits nothing more', async () => {
    await develop('echo a > a.txt');
    const input = testInput();
    const verdict = await test(input);
    const head = world.workHead;
    world.test = ['false'];
    expect(await test(input)).toEqual(verdict);
    expect(world.workHead).toBe(head);
  });

  it('ORCH-109: the same failure twice fails, with the end of the output as must-fix text', async () => {
    await develop('printf "not ok 1 - adds (%s)" x > result');
    world.test = ['bash', '-c', 'printf "\\033[31m"; cat result; echo " 12ms"; exit 1'];
    const verdict = await test();
    expect(verdict).toMatchObject({ kind: 'fail', failed: 1 });
    const ref = verdict.kind === 'fail' ? verdict.mustFixRef.documentId : '';
    expect(world.documents.get(ref)?.body).toContain('not ok 1 - adds (x) 12ms');
    expect(world.documents.get(ref)?.body).not.toContain('\u001B');
  });

  it('ORCH-109: a failure that differs from run to run is a defect', async () => {
    await develop('echo a > a.txt');
    const { workHead } = world;
    world.test = [
      'bash',
      '-c',
      `[ -e ${world.folder}/ran ] || { touch ${world.folder}/ran; exit 1; }`,
    ];
    expect(await test()).toMatchObject({ kind: 'defect' });
    expect(world.workHead).toBe(workHead);
  });

  it.each([
    ['ran out of time', ['sleep', '600'], 500],
    ['were killed', ['bash', '-c', 'kill -9 $$'], TIMEOUT_MS],
    ['do not exist', ['no-such-command'], TIMEOUT_MS],
  ])('ORCH-110: tests that %s are a defect', async (_, command, timeoutMs) => {
    await develop('echo a > a.txt');
    world.test = command;
    expect(await test({ ...testInput(), timeoutMs })).toMatchObject({ kind: 'defect' });
  });

  it('no tests at all are no pass', async () => {
    await develop('echo a > a.txt');
    world.test = ['bash', '-c', 'echo "# pass 0"; echo "# fail 0"'];
    expect(await test()).toMatchObject({ kind: 'fail' });
  });
});

describe('scanning for secrets', () => {
  const scan = () =>
    world.call((activities) =>
      activities.scanSecrets({
        task: world.task,
        key: world.key('test', 'deploy-staging'),
        baseSha: world.baseSha,
        workHead: world.workHead,
      }),
    );

  it('passes a clean change', async () => {
    await develop('echo a > a.txt; echo b > b.txt');
    expect(await scan()).toEqual({ status: 'PASS', findings: 0, scanned: 2, mustFixRef: null });
  });

  it('fails a secret and names its place, never the secret; the repository cannot switch it off', async () => {
    const token = ['ghp', 'aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zA1bC2'].join('_');
    await develop(
      `printf '// secretlint-disable\\nconst token = "${token}";\\n' > token.js; echo '*' | tee .secretlintignore > .gitattributes; echo 'other.js' > .gitignore; echo '{"rules":[]}' > .secretlintrc.json`,
    );
    const verdict = await scan();
    expect(verdict).toMatchObject({ status: 'FAIL', findings: 1 });
    const body = world.documents.get(verdict.mustFixRef?.documentId ?? '')?.body;
    expect(body).toContain('token.js:2');
    expect(body).not.toContain(token.slice(4, 12));
  });
});

describe('catching up with main', () => {
  it('leaves the commits alone while main has not moved, and says what the code is', async () => {
    await develop('echo a > a.txt');
    const input = catchUpInput();
    expect(await world.call((activities) => activities.catchUp(input))).toMatchObject({
      kind: 'caught-up',
      hasMoved: false,
      workHead: world.workHead,
      baseSha: world.baseSha,
    });
  });

  it('rebases, keeps both changelog lines and the code identity, and changes the code tree', async () => {
    await develop(`sed -i 's/^## Unreleased/&\\n\\n- mine/' CHANGELOG.md; echo a > a.txt`);
    await test();
    const before = await world.call((activities) => activities.catchUp(catchUpInput()));
    const changelog = (await world.fileAt(world.baseSha, 'CHANGELOG.md')).replace(
      '## Unreleased',
      '## Unreleased\n\n- theirs',
    );
    const main = await world.commitToMain({ 'CHANGELOG.md': `${changelog}\n` });
    const input = catchUpInput();
    const verdict = await world.call((activities) => activities.catchUp(input));
    expect(verdict).toMatchObject({ kind: 'caught-up', hasMoved: true, baseSha: main });
    if (verdict.kind !== 'caught-up' || before.kind !== 'caught-up') return;
    expect(verdict.codeIdentity).toBe(before.codeIdentity);
    expect(verdict.codeTree).not.toBe(before.codeTree);
    const merged = await world.fileAt(verdict.workHead, 'CHANGELOG.md');
    expect(merged).toContain('- mine');
    expect(merged).toContain('- theirs');
    expect(await world.onForge('merge-base', verdict.workHead, main)).toBe(main);
    expect(await world.call((activities) => activities.catchUp(input))).toEqual(verdict);
    await world.commitToMain({ 'later.txt': 'x' });
    expect(await world.call((activities) => activities.catchUp(input))).toEqual(verdict);
  });

  it('ORCH-043: a combined tree that is red is a failure of the work', async () => {
    await develop('echo a > a.txt');
    await world.commitToMain({ 'b.txt': 'b' });
    const verdict = await world.call((activities) => activities.catchUp(catchUpInput()));
    world.workHead = verdict.kind === 'caught-up' ? verdict.workHead : world.workHead;
    world.test = ['bash', '-c', '! [ -e a.txt -a -e b.txt ]'];
    expect(await test()).toMatchObject({ kind: 'fail' });
  });

  it('a conflict goes back with its text and leaves the work as it was', async () => {
    await develop('echo mine > README.md');
    await world.commitToMain({ 'README.md': 'theirs\n' });
    const input = catchUpInput();
    const verdict = await world.call((activities) => activities.catchUp(input));
    const ref = verdict.kind === 'conflict' ? verdict.mustFixRef.documentId : '';
    expect(world.documents.get(ref)?.body).toMatch(
      /- README\.md[\s\S]*mine[\s\S]*theirs|theirs[\s\S]*mine/,
    );
    expect(await world.head(WORK)).toBe(world.workHead);
  });
});

const treeOf = (sha: string) => sha as SealInput['testedCodeTree'];

/** Develops, tests and seals. */
async function sealTask(script: string): Promise<{ input: SealInput; seal: Seal }> {
  await develop(script);
  const verdict = await test();
  if (verdict.kind !== 'pass') throw new Error(verdict.kind);
  const input = sealInput(verdict.codeTree);
  return { input, seal: await world.call((activities) => activities.seal(input)) };
}

describe('sealing and landing', () => {
  it('the seal adds only 17 and 18, is the head of branch and work ref, and a repeat is the same', async () => {
    const { input, seal } = await sealTask('echo a > a.txt');
    const added = await world.onForge('diff', '--name-only', world.workHead, seal.sha);
    expect(added.split('\n')).toEqual([
      `${DOCUMENTS}/17-security-report.md`,
      `${DOCUMENTS}/18-coverage-report.md`,
    ]);
    expect(await world.head(BRANCH)).toBe(seal.sha);
    expect(await world.head(WORK)).toBe(seal.sha);
    expect(seal.codeTree).toBe(input.testedCodeTree);
    expect(seal.tree).toBe(await world.onForge('rev-parse', `${seal.sha}^{tree}`));
    expect(await world.call((activities) => activities.seal(input))).toEqual(seal);
  });

  it('refuses code the tests did not judge', async () => {
    await develop('echo a > a.txt');
    const input = sealInput(treeOf('0'.repeat(40)));
    await expect(world.call((activities) => activities.seal(input))).rejects.toMatchObject({
      name: 'PermanentError',
    });
    expect(await world.head(WORK)).toBe(world.workHead);
  });

  it('ORCH-071: landing is proven from main alone', async () => {
    const { seal } = await sealTask('echo a > a.txt');
    const { task } = world;
    const prove = () => world.call((activities) => activities.proveLanding({ task, seal }));
    expect(await prove()).toEqual({ kind: 'absent', mainSha: seal.baseSha });
    await land(seal);
    expect(await world.call((activities) => activities.readMain(task))).toEqual({ sha: seal.sha });
    expect(await prove()).toEqual({ kind: 'proven', landedSha: seal.sha, landedTree: seal.tree });
    const other = { ...seal, tree: seal.codeTree };
    const mismatch = await world.call((activities) =>
      activities.proveLanding({ task, seal: other }),
    );
    expect(mismatch).toMatchObject({ kind: 'mismatch' });
  });

  it('a changelog line that main lost is a mismatch', async () => {
    const { seal } = await sealTask('echo "# Changelog" > CHANGELOG.md');
    await land(seal);
    const { task } = world;
    const proof = await world.call((activities) => activities.proveLanding({ task, seal }));
    expect(proof).toMatchObject({ kind: 'mismatch' });
  });
});

describe('closing', () => {
  const close = (evidence = [{ document: '14-deploy-log.md', documentId: 'log' }]) =>
    world.call((activities) => activities.closeWorkspace({ task: world.task, evidence }));

  beforeEach(() => {
    const log = { id: 'log', taskId: 'NOTE-1', life: 'x', name: '14-deploy-log.md', body: 'well' };
    world.documents.set('log', log);
  });

  it('keeps the evidence and removes clone, work ref and landed branch, however often', async () => {
    const { seal } = await sealTask('echo a > a.txt');
    await land(seal);
    await close();
    const kept = await world.head('refs/orch/evidence/NOTE-1');
    expect(await world.fileAt(kept ?? '', `${DOCUMENTS}/14-deploy-log.md`)).toBe('well');
    await close();
    expect(await world.head('refs/orch/evidence/NOTE-1')).toBe(kept);
    expect(await world.head(WORK)).toBeNull();
    expect(await world.head(BRANCH)).toBeNull();
    expect(await readdir(join(world.dataDir, 'clones'))).toEqual([]);
    expect(await world.head('refs/heads/main')).toBe(seal.sha);
  });

  it('I10: work that did not land is preserved, and its branch stays', async () => {
    await develop('echo a > a.txt');
    await close([]);
    expect(await world.head('refs/orch/preserved/NOTE-1')).toBe(world.workHead);
    expect(await world.head(WORK)).toBeNull();
    expect(await world.head(BRANCH)).toBe(world.branchHead);
    expect(await world.head('refs/orch/evidence/NOTE-1')).toBeNull();
  });
});
