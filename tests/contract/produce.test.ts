import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findMarked } from '../../activities/runs/processes.ts';
import { runIdOf } from '../../activities/run-id.ts';
import { eventually } from './forge-session.ts';
import { HostWorld } from './host-world.ts';

const WORK = 'refs/orch/work/NOTE-1';
const DOCUMENTS = 'docs/work-items/NOTE-1';

let world: HostWorld;

beforeEach(async () => {
  world = await HostWorld.create();
  await world.prepare();
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const runFolder = (runId: string) => join(world.dataDir, 'runs', runId);

describe('the analyst', () => {
  it('ORCH-119: leaves a package with the request as the board had it, in one commit with our trailers', async () => {
    world.description = 'Line one\n\n## Answers\nnot mine';
    const start = world.workHead;
    const result = await world.produce('analyst');
    expect(result.verdict).toEqual({ kind: 'package', missing: [] });
    expect(result.run).toMatchObject({
      end: 'finished',
      role: 'analyst',
    });
    expect(result.dropped).toEqual([]);
    expect(result.documents).toContain(`${DOCUMENTS}/05-plan.md`);
    expect(await world.head(WORK)).toBe(result.workHead);
    expect(await world.head('refs/heads/feature/NOTE-1-note-count')).toBe(result.workHead);
    expect(await world.onForge('rev-list', '--count', `${start}..${result.workHead}`)).toBe('1');
    const message = await world.onForge('log', '-1', '--format=%an%n%B', result.workHead);
    expect(message).toContain('Analyst');
    expect(message).toContain(`Refs: NOTE-1\nRun: ${result.run.runId}\nLife: first-run.1`);
    const request = await world.fileAt(result.workHead, `${DOCUMENTS}/00-business-request.md`);
    expect(request).toContain('> Line one\n>\n> ## Answers\n> not mine');
  });

  it('counts tokens over all models, cache included', async () => {
    await world.scriptAgent(`mkdir -p ${DOCUMENTS}`);
    const { run } = await world.produce('analyst');
    expect(run.usage).toEqual({
      model: 'claude-opus-5',
      effort: 'high',
      inputTokens: 4310,
      cachedTokens: 4300,
      outputTokens: 20,
      costUsd: 0.25,
    });
  });

  it('ORCH-120: its questions win, and a later package supersedes them', async () => {
    world.description = 'Scenario: asks-a-question';
    const asked = await world.produce('analyst');
    expect(asked.verdict).toEqual({ kind: 'questions', count: 2 });
    const answered = await world.produce('analyst', { withComments: true });
    expect(answered.verdict).toEqual({ kind: 'package', missing: [] });
    expect(answered.documents).not.toContain(`${DOCUMENTS}/01-questions.md`);
    const decided = await world.produce('architect');
    expect(decided.documents).toContain(`${DOCUMENTS}/06-adr/ADR-NOTE-1-001.md`);
    expect(decided.documents).not.toContain(`${DOCUMENTS}/05-plan.md`);
    const taskFile = await readFile(join(runFolder(answered.run.runId), 'task.md'), 'utf8');
    expect(taskFile).toContain('## Questions');
    expect(taskFile).toContain('> The newest first.');
  });

  it('is told nothing by a package that is not there', async () => {
    await world.scriptAgent('true');
    const { verdict } = await world.produce('analyst');
    expect(verdict).toMatchObject({ kind: 'package' });
    expect(verdict.kind === 'package' && verdict.missing).toHaveLength(5);
  });
});

describe('a run that is repeated', () => {
  it('answers the same without a second agent when the worker died after the push', async () => {
    const input = world.produceInput('analyst');
    const first = await world.runToEnd(input);
    world.agent = ['false'];
    expect(await world.runToEnd(input)).toEqual(first);
    expect(await world.onForge('rev-list', '--count', `${input.workHead}..${WORK}`)).toBe('1');
  });

  it('adopts its own commit when the run directory is gone', async () => {
    const input = world.produceInput('analyst');
    const first = await world.runToEnd(input);
    await rm(runFolder(first.run.runId), { recursive: true });
    world.agent = ['false'];
    const again = await world.runToEnd(input);
    expect(again).toMatchObject({ workHead: first.workHead, verdict: first.verdict });
    expect(again.run.usage).toBeNull();
  });

  it('makes the same commit again when the worker died before the push', async () => {
    const input = world.produceInput('analyst');
    const first = await world.runToEnd(input);
    await world.onForge('update-ref', WORK, input.workHead);
    await world.onForge('update-ref', '-d', 'refs/heads/feature/NOTE-1-note-count');
    expect(await world.runToEnd(input)).toEqual(first);
    expect(await world.head(WORK)).toBe(first.workHead);
  });

  it('starts over on a tree without traces when it was cancelled in the middle', async () => {
    await world.scriptAgent(
      'ls > seen.txt; touch trace; touch $TMPDIR/up; [ -e $TMPDIR/../second ] || sleep 600',
    );
    const input = world.produceInput('developer');
    const folder = runFolder(runIdOf(input.key));
    const first = world.runToEnd(input);
    const cancelled = expect(first).rejects.toThrow('the worker shuts down');
    await eventually(() => {
      expect(existsSync(join(folder, 'tmp/up'))).toBe(true);
    });
    world.cancel.abort(new Error('the worker shuts down'));
    await cancelled;
    expect(await findMarked(folder)).toEqual([]);
    world.cancel = new AbortController();
    await world.scriptAgent('ls > seen.txt');
    const again = await world.runToEnd({ ...input, continuation: 1 });
    expect(await world.fileAt(again.workHead, 'seen.txt')).not.toContain('trace');
  });

  it('refuses when somebody else moved the work ref', async () => {
    const input = world.produceInput('analyst');
    const stranger = await world.commitToMain({ 'other.txt': 'x' });
    await world.onForge('update-ref', WORK, stranger);
    await expect(world.runToEnd(input)).rejects.toMatchObject({
      name: 'PermanentError',
    });
  });
});

describe('what an agent leaves is data', () => {
  it('I18: keeps what the role may write and drops the rest by name', async () => {
    await world.scriptAgent(`
      echo ok > src/new.js
      echo evil >> .ci/run
      mkdir -p .github/workflows docs/work-items/OTHER-1 ${DOCUMENTS}
      echo evil > .github/workflows/ci.yml
      echo mine > docs/work-items/OTHER-1/01-brd.md
      echo 'verdict: APPROVED' > ${DOCUMENTS}/12-review.md
      echo notes > ${DOCUMENTS}/developer-notes.md
      ln -s /etc/passwd leak
      ln -s src/app.js inside
      head -c 6000000 /dev/zero > big.bin
      git init -q nested && touch nested/x
      rm README.md`);
    const { workHead, dropped } = await world.produce('developer');
    expect(dropped).toEqual([
      '.ci/run (protected)',
      '.github/workflows/ci.yml (protected)',
      'big.bin (larger than 5 MB)',
      'docs/work-items/NOTE-1/12-review.md (outside the write scope)',
      'docs/work-items/OTHER-1/01-brd.md (outside the write scope)',
      'leak (a link out of the tree)',
      'nested/ (a repository inside the tree)',
    ]);
    const changed = await world.onForge('diff', '--name-status', world.baseSha, workHead);
    expect(changed.split('\n').sort()).toEqual([
      'A\tdocs/work-items/NOTE-1/developer-notes.md',
      'A\tinside',
      'A\tsrc/new.js',
      'D\tREADME.md',
    ]);
  });

  it('counts what is on disk, not what the agent committed, and runs none of its hooks', async () => {
    const canary = join(world.folder, 'canary');
    await world.scriptAgent(`
      echo one > one.txt; git add .; git -c user.name=x -c user.email=x@x commit -qm sneaky
      rm one.txt; echo two > two.txt
      printf '#!/bin/sh\\ntouch ${canary}\\n' > .git/hooks-canary; chmod +x .git/hooks-canary
      mkdir -p .git/hooks; cp .git/hooks-canary .git/hooks/post-index-change
      git config core.fsmonitor "$PWD/.git/hooks-canary"
      git config filter.evil.clean "$PWD/.git/hooks-canary"; echo '*.txt filter=evil' > .gitattributes
      git config core.worktree /tmp`);
    const { workHead } = await world.produce('developer');
    await world.produce('developer');
    expect(existsSync(canary)).toBe(false);
    expect(await world.fileAt(workHead, 'two.txt')).toBe('two');
    await expect(world.fileAt(workHead, 'one.txt')).rejects.toThrow();
    expect(await world.onForge('rev-list', '--count', `${world.baseSha}..${workHead}`)).toBe('1');
  });

  it('I11: gives the agent its own home, no remote and nothing of our environment', async () => {
    process.env['ORCH_CANARY'] = 'secret';
    await world.scriptAgent(
      'env | grep -v GITEA_ADMIN_TOKEN > env.txt; git remote -v > remotes.txt; cat .git/config >> remotes.txt',
    );
    const { workHead } = await world.produce('developer');
    const env = await world.fileAt(workHead, 'env.txt');
    expect(env).not.toContain('ORCH_CANARY');
    expect(env).toMatch(new RegExp(`^HOME=${world.dataDir}/runs/.*/home$`, 'm'));
    expect(await world.fileAt(workHead, 'remotes.txt')).not.toContain(world.forge);
  });

  it('I11: removes the private folders of a run that ended, however its folders were closed', async () => {
    await world.scriptAgent(
      'for d in $HOME $TMPDIR; do mkdir -p $d/a/b; echo said > $d/a/b/transcript; chmod 000 $d/a; done; echo x > x.txt',
    );
    const input = world.produceInput('developer');
    const first = await world.runToEnd(input);
    const kept = await readdir(runFolder(first.run.runId));
    expect(kept).not.toContain('home');
    expect(kept).not.toContain('tmp');
    expect(kept).toContain('stdout.jsonl');
    world.agent = ['false'];
    expect(await world.runToEnd(input)).toEqual(first);
  });

  it('a role prompt comes from the base commit, never from the branch', async () => {
    await world.produce('analyst');
    const { run } = await world.produce('developer');
    const prompt = await readFile(join(runFolder(run.runId), 'role.md'), 'utf8');
    expect(prompt).toBe(await readFile(join(world.tree, '.openclaw/agents/developer.md'), 'utf8'));
  });
});

describe('verdicts', () => {
  it('a review that is not there, or from an earlier run, is unusable', async () => {
    await world.produce('analyst');
    await world.produce('developer');
    const approved = await world.produce('reviewer');
    expect(approved.verdict).toMatchObject({ kind: 'review', verdict: 'APPROVED' });
    await world.scriptAgent('true');
    const silent = await world.produce('reviewer');
    expect(silent.verdict).toMatchObject({ kind: 'unusable' });
  });

  it('ORCH-046: a refusal carries its P0 and P1 findings to the developer, word by word', async () => {
    world.description = 'Scenario: rejects-once';
    await world.produce('analyst');
    await world.produce('developer');
    const branchHead = world.branchHead;
    const { verdict, branchHead: after } = await world.produce('reviewer');
    expect(after).toBe(branchHead);
    if (verdict.kind !== 'review' || verdict.mustFixRef === null) throw new Error(verdict.kind);
    const mustFix = verdict.mustFixRef;
    expect(world.documents.get(mustFix.documentId)?.body).toMatch(
      /^- P1: `\?limit=` is not checked/,
    );
    const again = await world.produce('developer', { mustFix, returns: 1 });
    const taskFile = await readFile(join(runFolder(again.run.runId), 'task.md'), 'utf8');
    expect(taskFile).toMatch(/## Must fix\n\n> - P1: `\?limit=` is not checked/);
    expect((await world.produce('reviewer', { returns: 1 })).verdict).toMatchObject({
      verdict: 'APPROVED',
    });
  });

  it('the architect needs a record that is ready', async () => {
    await world.produce('analyst');
    expect((await world.produce('architect')).verdict).toEqual({
      kind: 'architecture',
      status: 'READY',
      mustFixRef: null,
    });
  });
});

describe('an agent that does not finish', () => {
  it('on a time-out counts for nothing, and its work is kept under a ref', async () => {
    await world.scriptAgent('echo half > half.txt; sleep 600');
    const input = world.produceInput('developer');
    const policy = { ...input.policy, timeoutMs: 1000 };
    const result = await world.runToEnd({ ...input, policy });
    expect(result).toMatchObject({
      workHead: input.workHead,
      run: { end: 'timed-out', usage: null },
      verdict: { kind: 'unusable' },
    });
    const kept = await world.head(`refs/orch/uncounted/${result.run.runId}`);
    expect(await world.fileAt(kept ?? '', 'half.txt')).toBe('half');
    expect(await world.head(WORK)).toBe(input.workHead);
  });

  it('that is killed from outside is let go on', async () => {
    await world.scriptAgent('kill -9 $$');
    const input = world.produceInput('developer');
    await expect(world.runToEnd(input)).rejects.toThrow(
      'transient: ended without a result (SIGKILL)',
    );
    await world.scriptAgent('echo fine > fine.txt');
    const { run } = await world.runToEnd({ ...input, continuation: 1 });
    expect(run.end).toBe('finished');
  });

  it('that refuses its command line needs a person', async () => {
    world.agent = [...world.agent, '--no-such-flag'];
    await expect(world.produce('developer')).rejects.toThrow(/^permanent: .*unknown option/);
  });

  it('leaves no index, lock or scratch behind in the trusted repository', async () => {
    await world.produce('analyst');
    const names = await readdir(join(world.dataDir, 'repos/acme__notes.git'));
    expect(names.filter((name) => /index|lock/.test(name))).toEqual([]);
  });
});
