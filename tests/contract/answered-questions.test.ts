import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HostWorld } from './host-world.ts';

const DOCUMENTS = 'docs/work-items/NOTE-1';
const PACKAGE = '01-brd 02-requirements 03-acceptance 04-scope 05-plan';

let world: HostWorld;

beforeEach(async () => {
  world = await HostWorld.create();
  await world.prepare();
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

/** Lets an analyst write these documents, each with a line of its own. Answers its verdict and what it was told. */
async function analyse(documents: string, line: string) {
  await world.scriptAgent(
    `mkdir -p ${DOCUMENTS}; for name in ${documents}; do echo '${line}' > ${DOCUMENTS}/$name.md; done`,
  );
  const { verdict, run } = await world.produce('analyst', { withComments: true });
  const told = await readFile(join(world.dataDir, 'runs', run.runId, 'task.md'), 'utf8');
  return { verdict, told };
}

it('ORCH-120: an analyst hears the answered questions until a full package has superseded them', async () => {
  const asked = await analyse('01-questions', '1. Newest first?');
  expect(asked.verdict).toEqual({ kind: 'questions', count: 1 });
  expect(asked.told).not.toContain('## Questions');

  const half = await analyse('01-brd', 'Half a package.');
  expect(half.told).toContain('## Questions\n\n> 1. Newest first?\n\n## Answers');
  expect(half.verdict).toMatchObject({ kind: 'package', missing: { length: 4 } });

  const again = await analyse(PACKAGE, 'All of it.');
  expect(again.told).toContain('## Questions\n\n> 1. Newest first?\n\n## Answers');
  expect(again.verdict).toEqual({ kind: 'package', missing: [] });

  const rejected = await analyse(PACKAGE, 'All of it, better.');
  expect(rejected.told).toContain('## Answers');
  expect(rejected.told).not.toContain('Newest first?');
  expect(rejected.verdict).toEqual({ kind: 'package', missing: [] });
});
