import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ICruiseOptions, ICruiseResult, IForbiddenRuleType } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface LayerConfig {
  forbidden: (IForbiddenRuleType & { name: string })[];
  options: ICruiseOptions;
}

const layers = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as LayerConfig;
const folders = ['workflows', 'activities', 'api', 'workers', 'infra', 'tests'];

/** A small clean tree in the shape of the real one; every seed below adds one file to it. */
const cleanTree: Record<string, string> = {
  'node_modules/zod/package.json': '{"name":"zod","main":"index.js"}',
  'node_modules/zod/index.js': 'module.exports = {};',
  'node_modules/@temporalio/workflow/package.json':
    '{"name":"@temporalio/workflow","main":"index.js"}',
  'node_modules/@temporalio/workflow/index.js': 'module.exports = {};',
  'package.json': '{"type":"module","dependencies":{"zod":"1","@temporalio/workflow":"1"}}',
  'workflows/contract.ts': 'export const queue = "flow";',
  'workflows/task.ts':
    'import "@temporalio/workflow"; import type { Ports } from "../activities/ports.ts"; import type { Review } from "./domain/artifacts/review.ts"; import "./domain/decide.ts"; export type Both = Ports | Review;',
  'workflows/domain/decide.ts':
    'import type { Review } from "./artifacts/review.ts"; export type Read = Review; export const decide = 1;',
  'workflows/domain/artifacts/review.ts': 'import "zod"; export interface Review { ok: boolean }',
  'activities/ports.ts':
    'import "node:fs"; import "../workflows/domain/decide.ts"; import "../workflows/contract.ts"; export interface Ports { ok: boolean }',
  'api/app.ts': 'import "../workflows/contract.ts"; export const app = 1;',
  'workers/wire.ts':
    'import "../api/app.ts"; import "../workflows/task.ts"; export const wire = 1;',
  'infra/sandbox/forge.ts': 'import "node:http"; export const forge = 1;',
  'tests/world/world.ts':
    'import "../../workers/wire.ts"; import "../../infra/sandbox/forge.ts"; export const world = 1;',
};

const seeds: { rule: string; file: string; text: string }[] = [
  seed('domain is pure', 'workflows/domain/seed.ts', '../task.ts'),
  seed('domain is pure', 'workflows/domain/seed-clock.ts', '@temporalio/workflow'),
  seed('workflows have no Node', 'workflows/seed-node.ts', 'node:fs'),
  seed('only artifacts parse', 'workflows/seed-zod.ts', 'zod'),
  seed('only artifacts parse', 'workflows/domain/seed-zod.ts', 'zod'),
  seed(
    'domain knows artifacts as types',
    'workflows/domain/seed-parse.ts',
    './artifacts/review.ts',
  ),
  seed('workflows see activities as types', 'workflows/seed-act.ts', '../activities/ports.ts'),
  seed('activities know the domain', 'activities/seed.ts', '../workflows/task.ts'),
  seed('api only hints', 'api/seed.ts', '../activities/ports.ts'),
  seed('api only hints', 'api/seed-decide.ts', '../workflows/task.ts'),
  seed('nobody imports workers', 'activities/seed-wire.ts', '../workers/wire.ts'),
  seed('nobody imports workers', 'api/seed-world.ts', '../tests/world/world.ts'),
  seed('only workers mount the api', 'activities/seed-api.ts', '../api/app.ts'),
  seed('infra and app are strangers', 'infra/seed.ts', '../workflows/contract.ts'),
  seed('app and infra are strangers', 'workers/seed.ts', '../infra/sandbox/forge.ts'),
  seed('no cycles', 'workers/seed-cycle.ts', './seed-cycle.ts'),
];

function seed(rule: string, file: string, imported: string) {
  return { rule, file, text: `import '${imported}';\nexport const seed = 1;\n` };
}

let tree = '';
let reported: { rule: string; file: string }[] = [];

function writeTree(files: Record<string, string>) {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  }
}

async function findViolations() {
  const { output } = await cruise(folders, {
    ...layers.options,
    baseDir: tree,
    ruleSet: { forbidden: layers.forbidden },
    validate: true,
  });
  return (output as ICruiseResult).summary.violations.map(({ rule, from }) => ({
    rule: rule.name,
    file: from,
  }));
}

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'layers-'));
  writeTree(cleanTree);
});

afterAll(() => {
  rmSync(tree, { recursive: true, force: true });
});

describe('the layer rules', () => {
  it('report nothing on a tree that keeps the dependency direction', async () => {
    expect(await findViolations()).toEqual([]);
  });

  describe('with a violation seeded for each', () => {
    beforeAll(async () => {
      writeTree(Object.fromEntries(seeds.map(({ file, text }) => [file, text])));
      reported = await findViolations();
    });

    it.each(seeds)('report "$rule" for $file', ({ rule, file }) => {
      expect(reported).toContainEqual({ rule, file });
    });

    it('are all covered by a seed', () => {
      expect(new Set(seeds.map(({ rule }) => rule))).toEqual(
        new Set(layers.forbidden.map(({ name }) => name)),
      );
    });
  });
});
