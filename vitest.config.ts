import { defineConfig } from 'vitest/config';

const temporal = { globalSetup: ['tests/world/global-setup.ts'] };

/** The tests below tests/<name>/; what each needs from outside is in docs/contributing.md. */
const project = (name: string, options: { testTimeout: number; globalSetup?: string[] }) => ({
  extends: true as const,
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    setupFiles: ['tests/world/guard.ts'],
    hookTimeout: 60_000,
    teardownTimeout: 15_000,
    ...options,
  },
});

export default defineConfig({
  test: {
    passWithNoTests: true,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      project('unit', { testTimeout: 10_000 }),
      project('contract', { testTimeout: 30_000 }),
      project('workflow', { testTimeout: 120_000, ...temporal }),
      project('replay', { testTimeout: 30_000 }),
      project('incidents', { testTimeout: 120_000, ...temporal }),
      project('docs', { testTimeout: 10_000 }),
    ],
  },
});
