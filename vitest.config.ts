import { defineConfig } from 'vitest/config';

/** Every test, grouped by what it needs from outside; `--project <name>` runs one group. */
const project = (name: string, testTimeout = 10_000) => ({
  extends: true as const,
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: 60_000,
    teardownTimeout: 15_000,
  },
});

export default defineConfig({
  test: {
    passWithNoTests: true,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project('unit'),
      project('contract', 30_000),
      project('workflow', 120_000),
      project('replay', 30_000),
      project('incidents', 120_000),
      project('docs'),
    ],
  },
});
