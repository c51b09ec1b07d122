import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  commitTree,
  git,
  isGreen,
  makeWorkFolder,
  runRole,
  type TaskBrief,
  type WorkFolder,
} from './scripted-agent-run.ts';

const GREEN = { unit: true, acceptance: true };

/** A dozen programs one after the other take their time on a busy machine. */
const MANY_LAUNCHES = { timeout: 120_000 };

const testColours = async (at: WorkFolder) => ({
  unit: await isGreen(at, 'unit'),
  acceptance: await isGreen(at, 'acceptance'),
});

/** Runs the roles one after the other on one tree. */
async function runRoles(at: WorkFolder, roles: string[], brief: Omit<TaskBrief, 'role'>) {
  for (const role of roles) await runRole(at, { ...brief, role });
}

async function initRepository(at: WorkFolder): Promise<void> {
  await git(at, 'init', '-q', '-b', 'main');
  await commitTree(at, 'Import');
}

/** Paths that differ from the last commit, untracked ones one by one. */
async function changedPaths(at: WorkFolder): Promise<string[]> {
  const status = await git(at, 'status', '--porcelain', '-uall');
  return status.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(2).trim()]));
}

describe('the work', () => {
  it.each([
    ['analyst', ['01-brd', '02-requirements', '03-acceptance', '04-scope', '05-plan'], null],
    ['architect', ['06-adr/ADR-NOTE-1-001', '08-data-requirements', '10-tech-risks'], 'READY'],
    ['reviewer', ['12-review'], 'APPROVED'],
    ['tester', ['13-test-report'], 'PASS'],
    ['deployer', ['15-staging-log'], 'SUCCESS'],
  ])('the %s writes only its documents', async (role, documents, verdict) => {
    await using at = await makeWorkFolder();
    await initRepository(at);
    await runRole(at, { role });
    const files = documents.map((name) => `docs/work-items/NOTE-1/${name}.md`);
    expect(await changedPaths(at)).toEqual(files);
    const [first = ''] = files;
    const text = await readFile(join(at.tree, first), 'utf8');
    expect(text).toMatch(/^---\nwork_item: NOTE-1\n/);
    if (verdict !== null) expect(text).toMatch(new RegExp(`^\\w+: ${verdict}\n---$`, 'm'));
  });

  it('a developer ships code, tests, a page and a CHANGELOG line, none of it protected', async () => {
    await using at = await makeWorkFolder();
    await initRepository(at);
    await runRole(at, { role: 'developer', title: 'Add a list of recent notes' });
    expect(await changedPaths(at)).toEqual([
      'CHANGELOG.md',
      'docs/routes/list-of-recent-notes.md',
      'src/routes/list-of-recent-notes.js',
      'tests/acceptance/list-of-recent-notes.test.js',
      'tests/unit/list-of-recent-notes.test.js',
    ]);
  });

  it(
    'tasks in a row each change something of their own, stay green, and a retry changes nothing',
    MANY_LAUNCHES,
    async () => {
      await using at = await makeWorkFolder();
      await initRepository(at);
      const tasks = [
        { task: 'NOTE-1', title: 'Recent notes' },
        { task: 'NOTE-2', title: 'Blank titles are accepted', track: 'bug' as const },
        { task: 'NOTE-3', title: 'Recent notes' },
        { task: 'NOTE-4', title: 'Untitled notes slip through', track: 'bug' as const },
      ];
      const trees = new Set<string>();
      for (const brief of tasks) {
        await runRoles(at, ['developer', 'reviewer'], brief);
        trees.add(await commitTree(at, brief.task));
        await runRole(at, { ...brief, role: 'developer' });
        expect(await changedPaths(at)).toEqual([]);
        expect(await testColours(at)).toEqual(GREEN);
      }
      expect(trees.size).toBe(tasks.length);
      const changed = await git(at, 'log', '-4', '--format=', '--name-only');
      expect(changed.split('\n').filter((path) => path === 'src/note-input.js')).toHaveLength(1);
    },
  );

  it('any title becomes a green change with plain file names', MANY_LAUNCHES, async () => {
    await using at = await makeWorkFolder();
    await initRepository(at);
    const titles = [
      'Что нового в заметках',
      '🙂',
      `Don't "quote" \\ \${x} {{slug}} */ <b>`,
      '../../etc/passwd',
      'Health',
      'two\u2028lines\nof title',
      `Add ${'very '.repeat(38)}long`,
    ];
    for (const [index, title] of titles.entries()) {
      await runRole(at, { task: `NOTE-${index + 1}`, role: 'developer', title });
    }
    const paths = await changedPaths(at);
    expect(paths).toHaveLength(titles.length * 4 + 1);
    for (const path of paths) expect(path).toMatch(/^[\w./-]{1,80}$/);
    expect(await testColours(at)).toEqual(GREEN);
  });

  it(
    'branches of parallel tasks rebase on each other without a conflict',
    MANY_LAUNCHES,
    async () => {
      await using at = await makeWorkFolder();
      await initRepository(at);
      const briefs = [
        { task: 'NOTE-1', title: 'Recent notes' },
        { task: 'NOTE-2', title: 'Pinned notes' },
        { task: 'NOTE-3', title: 'Blank titles are accepted', track: 'bug' as const },
        { task: 'NOTE-4', title: 'Blank titles again', track: 'bug' as const },
      ];
      for (const brief of briefs) {
        await git(at, 'switch', '-q', '-c', brief.task, 'main');
        await runRole(at, { ...brief, role: 'developer' });
        await commitTree(at, brief.task);
      }
      for (const { task } of briefs) {
        await git(at, 'switch', '-q', task);
        await git(at, 'rebase', '-q', 'main');
        await git(at, 'branch', '-f', 'main', task);
      }
      expect(await testColours(at)).toEqual(GREEN);
      const changelog = await readFile(join(at.tree, 'CHANGELOG.md'), 'utf8');
      for (const { task } of briefs) expect(changelog).toContain(`(${task}).`);
    },
  );
});

describe('the scenarios', () => {
  it('rejects-once: a P1 finding at first, settled with a check and its tests, then approved', async () => {
    await using at = await makeWorkFolder();
    const body = 'Scenario: rejects-once';
    const review = () => readFile(join(at.tree, 'docs/work-items/NOTE-1/12-review.md'), 'utf8');
    const route = () => readFile(join(at.tree, 'src/routes/recent-notes.js'), 'utf8');

    await runRoles(at, ['developer', 'reviewer'], { body });
    expect(await review()).toMatch(/^verdict: REQUEST_CHANGES$/m);
    expect(await review()).toMatch(/^## Findings\n\n- P1: .+ \(src\/routes\/recent-notes\.js\)$/m);
    expect(await route()).not.toContain('readLimit');
    expect(await testColours(at)).toEqual(GREEN);

    await runRoles(at, ['developer', 'reviewer'], { body, returns: 1 });
    expect(await review()).toMatch(/^verdict: APPROVED$/m);
    expect(await review()).not.toMatch(/P[01]:/);
    expect(await route()).toContain('readLimit');
    expect(await testColours(at)).toEqual(GREEN);
  });

  it.each([
    ['test-fails-once', { unit: true, acceptance: false }],
    ['ci-fails-once', { unit: false, acceptance: false }],
  ])('%s is red at first and green after one return', async (name, atFirst) => {
    await using at = await makeWorkFolder();
    const brief = { role: 'developer', body: `Some text.\n\nScenario: ${name}\n` };
    await runRole(at, brief);
    expect(await testColours(at)).toEqual(atFirst);
    await runRole(at, { ...brief, returns: 1 });
    expect(await testColours(at)).toEqual(GREEN);
  });

  it('asks-a-question: only the questions at first, the whole package once answered', async () => {
    await using at = await makeWorkFolder();
    await initRepository(at);
    const brief = { role: 'analyst', body: 'Scenario: asks-a-question' };
    await runRole(at, brief);
    expect(await changedPaths(at)).toEqual(['docs/work-items/NOTE-1/01-questions.md']);
    await commitTree(at, 'Questions');
    await runRole(at, { ...brief, body: `${brief.body}\n\n## Answers\n\n1. The newest.` });
    expect(await changedPaths(at)).toHaveLength(5);
  });

  it('bug: the regression test fails on the old code and passes on the fix', async () => {
    await using at = await makeWorkFolder();
    await initRepository(at);
    await runRole(at, { role: 'developer', track: 'bug', title: 'Blank titles are accepted' });
    expect(await isGreen(at, 'unit')).toBe(true);
    await git(at, 'checkout', '-q', 'HEAD', '--', 'src/note-input.js');
    expect(await isGreen(at, 'unit')).toBe(false);
    expect(await isGreen(at, 'acceptance')).toBe(false);
  });
});
