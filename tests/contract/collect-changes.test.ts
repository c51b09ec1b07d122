import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collectChanges } from '../../activities/git/collect-changes.ts';
import { createGit } from '../../activities/git/git.ts';
import { Repository } from '../../activities/git/repository.ts';
import { rebuildTree } from '../../activities/workspace/rebuild-tree.ts';
import type { Role } from '../../workflows/domain/stages.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { toRepoSlug, toSha, toTaskId } from '../../workflows/domain/ids.ts';

const FILES = {
  'README.md': 'read me\n',
  'src/app.js': 'app\n',
  'src/lib/a.js': 'a\n',
  'sub/CLAUDE.md': 'rules\n',
  'CLAUDE.md': 'rules\n',
  '.ci/run': 'ci\n',
  'docs/page.md': 'page\n',
  'docs/work-items/NOTE-1/12-review.md': 'verdict\n',
  'docs/work-items/NOTE-9/01-brd.md': 'other\n',
};
const git = createGit({ path: process.env['PATH'] ?? '', forgeUrl: '', authorization: null });

let origin = '';
let folder = '';
let start = '' as Sha;
let repository: Repository;
let tree = '';

const shell = (script: string, cwd: string) =>
  execa('bash', ['-ec', script], {
    cwd,
    env: {
      ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@invalid' },
      ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@invalid', LC_ALL: 'C.UTF-8' },
    },
  });

beforeAll(async () => {
  origin = await mkdtemp(join(tmpdir(), 'collect-origin-'));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(join(origin, path, '..'), { recursive: true });
    await writeFile(join(origin, path), text);
  }
  const { stdout } = await shell(
    `git init -q -b main; git add -A
     git update-index --add --cacheinfo 160000,$(printf 1%.0s $(seq 40)),modules/dep
     git commit -qm first; git rev-parse HEAD`,
    origin,
  );
  start = toSha(stdout.trim());
});
afterAll(async () => {
  await rm(origin, { recursive: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'collect-'));
  tree = join(folder, 'tree');
  const { signal } = new AbortController();
  repository = await new Repository(toRepoSlug('acme/notes'), {
    ...{ git, dataDir: folder, urlOf: () => origin, signal },
  }).open();
  await repository.fetch();
  await rebuildTree(git, repository, { tree, head: start, baseSha: start, branch: 'work' });
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** What a run of `role` that did `script` would commit, as git's status letters, and what was dropped. */
async function collect(script: string, role: Role = 'developer') {
  await shell(script, tree);
  const collected = await collectChanges(repository, {
    ...{ tree, start, role, id: toTaskId('NOTE-1'), ours: {} },
  });
  const flags = ['diff-tree', '-r', '--name-status', '--no-renames', start, collected.tree];
  const changed = (await repository.line(flags)).split('\n').filter(Boolean);
  return { ...collected, changed: changed.map((line) => line.replace('\t', ' ')).sort() };
}

describe('what a run left', () => {
  it.each([
    [
      'a file in the place of a folder',
      'rm -r src; echo x > src',
      ['A src', 'D src/app.js', 'D src/lib/a.js'],
    ],
    [
      'a folder in the place of a file',
      'rm README.md; mkdir README.md; echo x > README.md/x',
      ['A README.md/x', 'D README.md'],
    ],
    [
      'a link in the place of a folder',
      'rm -r src/lib; ln -s ../docs src/lib',
      ['A src/lib', 'D src/lib/a.js'],
    ],
    ['a program', 'echo x > run.sh; chmod +x run.sh', ['A run.sh']],
    [
      'names with blanks, quotes and letters of any language',
      `echo x > $'a "b"\\tc'; echo x > 'заметка.md'`,
      [String.raw`A "a \"b\"\tc"`, 'A заметка.md'],
    ],
    ['a link within the tree', 'ln -s ../README.md src/readme', ['A src/readme']],
    [
      'that a repository stands where a file was',
      'rm README.md; git init -q README.md; cd README.md; git commit -q --allow-empty -m x',
      ['D README.md'],
    ],
    [
      'files of a folder that a link leads to, once',
      'ln -s src alias; echo x > alias/new.js',
      ['A alias', 'A src/new.js'],
    ],
  ])('is taken: %s', async (_what, script, changed) => {
    expect(await collect(script)).toMatchObject({ changed, dropped: [] });
  });

  it.each([
    [
      'a file where a folder with documents of others is',
      'rm -r docs/work-items; echo x > docs/work-items',
    ],
    ['a link where a folder with documents of others is', 'rm -r docs; ln -s src docs'],
    ['a file where a folder with protected files is', 'rm -r sub; echo x > sub'],
    ['a folder where a protected file is', 'rm CLAUDE.md; mkdir CLAUDE.md; echo x > CLAUDE.md/x'],
    ['a folder of another case where a protected file is', 'mkdir claude.md; echo x > claude.md/x'],
    ['a repository inside', 'git init -q nested; echo x > nested/x'],
    [
      'another commit of a submodule',
      'rm -rf modules/dep; git init -q modules/dep; cd modules/dep; git commit -q --allow-empty -m x',
    ],
    [
      'a submodule',
      'git -c protocol.file.allow=always submodule -q add "$PWD" dep 2>/dev/null || true; printf "[submodule \\"x\\"]\\n path=x\\n url=/x\\n" > .gitmodules',
    ],
    [
      'links out of the tree',
      'ln -s /etc/passwd abs; ln -s ../../../secret rel; ln -s .git/config own; ln -s src/../../x up; ln -s . self/.. 2>/dev/null || true',
    ],
    ['a file that is too large', 'head -c 6000000 /dev/zero > big'],
    [
      'names git takes for its own folder',
      `mkdir -p git~1 'x/.git ' '.git.' $'.g\\u200cit' '.GIT::$INDEX_ALLOCATION'; for d in git~1 'x/.git ' '.git.' $'.g\\u200cit' '.GIT::$INDEX_ALLOCATION'; do echo x > "$d/config"; done; echo x > 'a\\.git\\config'; echo x > .gitmodules.`,
    ],
    ['a name that is no text', `echo x > $'bad\\xff.js'`],
  ])('is dropped and said: %s', async (_what, script) => {
    const { changed, dropped } = await collect(script);
    expect(changed.filter((line) => !/^D (README\.md|docs\/page\.md)$/.test(line))).toEqual([]);
    expect(dropped.length).toBeGreaterThan(0);
  });

  it('holds no link that leads out of the tree by way of another', async () => {
    const { changed, dropped } = await collect(
      `mkdir -p p/q; cd p/q; ln -s ../.. k; ln -s k/../../z L; ln -s k/src/app.js M; ln -s k N; ln -s none/../../../z O`,
    );
    expect(changed).toEqual(['A p/q/N', 'A p/q/k']);
    expect(dropped).toEqual(['L', 'M', 'O'].map((name) => `p/q/${name} (a link by way of others)`));
  });

  it('keeps what was dropped as it was', async () => {
    const { tree: made, dropped } = await collect(
      'rm -r docs .ci sub; echo evil > CLAUDE.md; echo evil > src/app.js',
    );
    for (const path of [
      '.ci/run',
      'CLAUDE.md',
      'sub/CLAUDE.md',
      'docs/work-items/NOTE-1/12-review.md',
    ]) {
      expect(await repository.line(['show', `${made}:${path}`])).toBe(
        FILES[path as keyof typeof FILES].trim(),
      );
    }
    expect(dropped).toHaveLength(5);
    expect(await repository.line(['show', `${made}:src/app.js`])).toBe('evil');
  });

  it('is read as bytes: no attribute converts it, and none can stop it', async () => {
    const canary = join(folder, 'canary');
    const { tree: made } = await collect(
      `printf '* filter=evil ident working-tree-encoding=UTF-16 diff=evil merge=evil\\n' > .gitattributes
       printf 'odd $Id$' > src/app.js
       git config filter.evil.clean 'touch ${canary}'; git config filter.evil.process 'touch ${canary}'
       git config filter.evil.required true; git config diff.evil.textconv 'touch ${canary}'`,
    );
    expect(await repository.line(['show', `${made}:src/app.js`])).toBe('odd $Id$');
    await rebuildTree(git, repository, { tree, head: start, baseSha: start, branch: 'work' });
    const bad = await collect(
      `printf '* -working-tree-encoding\\n' > .gitattributes; echo x > src/new.js`,
    );
    expect(bad.changed).toEqual(['A .gitattributes', 'A src/new.js']);
    expect((await shell(`ls ${folder}`, folder)).stdout).not.toContain('canary');
  });

  it('is read to its end, whatever git would wait for', async () => {
    const { changed } = await collect(
      `mkdir new; mkfifo new/.gitignore src/.gitattributes pipe; head -c 6000000 /dev/zero > .gitignore
       echo x > new/x.js; echo x > closed.js; chmod 000 closed.js`,
    );
    expect(changed).toEqual(['A new/x.js']);
  });

  it('is bounded in number and size, and what is said of the rest too', async () => {
    const { changed, dropped } = await collect(
      `mkdir many; cd many; for i in $(seq 6000); do : > $i; done; mkdir big; for i in $(seq 8); do head -c 4000000 /dev/urandom > big/$i; done`,
    );
    expect(changed.length).toBeLessThanOrEqual(5000);
    expect(dropped.length).toBeLessThanOrEqual(201);
    expect(dropped.at(-1)).toMatch(/^and \d+ more$/);
  });

  it('does not depend on the agent’s own git folder', async () => {
    await shell(
      'rm -rf .git; mkdir .git; echo garbage > .git/HEAD; echo "[core" > .git/config',
      tree,
    );
    expect((await collect('echo x > src/new.js')).changed).toEqual(['A src/new.js']);
    await cp(join(folder, 'tree'), join(folder, 'copy'), { recursive: true });
    await shell(`rm -rf .git; ln -s ${folder}/copy .git`, tree);
    expect((await collect('echo x > src/new.js')).changed).toEqual(['A src/new.js']);
  });
});
