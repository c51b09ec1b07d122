import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HISTORIES = resolve(import.meta.dirname, 'histories');
const WORKFLOWS = resolve('workflows');
const quiet = new DefaultLogger('ERROR');

/* Stored histories of finished tasks must replay on the code of today: what runs now must survive a new version. */
const names = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json'));

const SERVED = ['agent-pool.json', 'lane.json'];
const REVIEWED = ['bug', 'feature', 'interrupted', 'rejected-once'].map(
  (name) => `task-${name}.json`,
);

async function replay(bundle: WorkflowBundle, name: string): Promise<void> {
  const history: unknown = JSON.parse(await readFile(join(HISTORIES, name), 'utf8'));
  await Worker.runReplayHistory({ workflowBundle: bundle }, history, name.replace('.json', ''));
}

const bundleOf = (folder: string): Promise<WorkflowBundle> =>
  bundleWorkflowCode({ workflowsPath: join(folder, 'index.ts'), logger: quiet });

describe('stored histories', { timeout: 60_000 }, () => {
  let bundle: WorkflowBundle;

  beforeAll(async () => {
    Runtime.install({ logger: quiet });
    bundle = await bundleOf(WORKFLOWS);
  }, 60_000);

  it('are those of tasks that were done, interrupted and stopped, and of what served them', () => {
    expect(names).toEqual([...SERVED, ...REVIEWED, 'task-stopped.json'].sort());
  });

  it.for(names)('%s replays on the current workflows', async (name) => {
    await replay(bundle, name);
  });
});

describe('a changed decision', { timeout: 60_000 }, () => {
  let folder: string;

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is found: review leads elsewhere, and no history that was reviewed replays', async () => {
    const cache = resolve('.data');
    await mkdir(cache, { recursive: true });
    folder = await mkdtemp(join(cache, 'changed-'));
    await cp(WORKFLOWS, folder, { recursive: true });
    const stages = join(folder, 'domain', 'stages.ts');
    const source = await readFile(stages, 'utf8');
    const changed = source.replace("next: 'testing'", "next: 'deploy-staging'");
    expect(changed).not.toBe(source);
    await writeFile(stages, changed);
    const bundle = await bundleOf(folder);
    for (const name of REVIEWED) {
      await expect(replay(bundle, name)).rejects.toThrow(DeterminismViolationError);
    }
  });
});
