import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLeakedChanges } from '../../activities/agent/agent-secrets.ts';
import { createGit } from '../../activities/git/git.ts';
import { Repository } from '../../activities/git/repository.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { toRepoSlug, toSha } from '../../workflows/domain/ids.ts';

/** 113 characters, as long as keys of a model are: its base64 takes three lines of 76 columns. */
const KEY = `sk-ant-api03-${'q7Zr2-Xw9_Lk4TbV8nPc'.repeat(5)}`;
const SECRETS = [{ name: 'MODEL_KEY', value: KEY }];
const git = createGit({ path: process.env['PATH'] ?? '', forgeUrl: '', authorization: null });

let folder = '';
let work = '';
let repository: Repository;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-secrets-'));
  work = join(folder, 'work');
  await execa('git', ['init', '--quiet', work]);
  const { signal } = new AbortController();
  const remote = { git, dataDir: folder, urlOf: () => work, signal };
  repository = await new Repository(toRepoSlug('acme/notes'), remote).open();
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** The commit of what `script` leaves, in the trusted repository too. */
async function commit(script: string): Promise<Sha> {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@invalid'];
  const env = { KEY, LC_ALL: 'C.UTF-8', GIT_CONFIG_GLOBAL: '/dev/null' };
  await execa('bash', ['-ec', script], { cwd: work, env });
  await execa('git', ['add', '--all'], { cwd: work, env });
  await execa('git', [...who, 'commit', '--quiet', '--allow-empty', '-m', 'x'], { cwd: work, env });
  await repository.fetch();
  return toSha((await execa('git', ['rev-parse', 'HEAD'], { cwd: work })).stdout);
}

async function find(before: string, after: string, dropped: readonly string[] = []) {
  const from = await commit(before);
  const tree = await commit(after);
  return findLeakedChanges(repository, { from, tree, dropped }, SECRETS);
}

const LINES = 'seq 100 > file';

describe('a secret in what a run changed is found', () => {
  it.each([
    ['as it is', 'echo "key = $KEY" > new'],
    ['in the middle of a file that was there', 'sed -i "50s/.*/$KEY/" file'],
    ['as wrapped base64', 'printf %s "$KEY" | base64 > new'],
    ['as wrapped base64 within other text', '(echo x; env) | base64 > new'],
    ['as base64 in lines with signs before them', 'env | base64 -w 20 | sed "s/^/ /" > new'],
    ['as hex', 'printf %s "$KEY" | od -An -v -tx1 > new'],
    ['among bytes that are no text', '(head -c 70000 /dev/urandom; printf %s "$KEY") > new'],
    [
      'in a file whose attributes call it binary',
      'echo "* -diff" > .gitattributes; echo $KEY > new',
    ],
    ['as the target of a link', 'ln -s "$KEY" new'],
    ['as the name of a file', 'echo x > "$KEY"'],
    ['as the name of a folder', 'mkdir "$KEY"; echo x > "$KEY/x"'],
    ['as base64 in a name with a line break', 'echo x > "$(printf %s "$KEY" | base64)"'],
  ])('%s', async (_how, script) => {
    expect(await find(LINES, script)).toEqual(['MODEL_KEY']);
  });

  it('whose first half was committed by an earlier run', async () => {
    const half = 'printf %s "$KEY" | base64 -w 20 > all; head -4 all > file; rm all';
    expect(await find(half, 'printf %s "$KEY" | base64 -w 20 > file')).toEqual(['MODEL_KEY']);
  });

  it('and in the name of what was dropped', async () => {
    expect(await find(LINES, 'true', [`.ci/${KEY} (protected)`])).toEqual(['MODEL_KEY']);
  });
});

describe('a secret is not taken to be in', () => {
  it.each([
    ['nothing', LINES, 'true'],
    ['changes without one', LINES, 'seq 99 > file; echo x > new; ln -s file link'],
    ['what was removed', 'echo $KEY > file; echo x > $KEY', `rm $KEY; ${LINES}`],
    ['a file that had it before', 'echo $KEY > file', 'echo more >> file'],
  ])('%s', async (_what, before, after) => {
    expect(await find(before, after)).toEqual([]);
  });
});

it('files are read in pieces: many are more than one answer of git may hold', async () => {
  const from = await commit(LINES);
  await writeFile(join(work, 'z'), KEY);
  const tree = await commit(
    'for i in $(seq 14); do (echo $i; head -c 5000000 /dev/zero) > $i; done',
  );
  expect(await findLeakedChanges(repository, { from, tree, dropped: [] }, SECRETS)).toEqual([
    'MODEL_KEY',
  ]);
});
