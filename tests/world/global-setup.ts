import type { TestProject } from 'vitest/node';
import type { DevServer } from './dev-server.ts';
import { startDevServer } from './dev-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the Temporal dev server of this run, namespace `default`. */
    temporalAddress: string;
  }
}

interface Shared {
  server: Promise<DevServer>;
  projects: number;
}

// Each vitest project loads its own copy of this module; the process is what they share.
const store = globalThis as { [key: symbol]: Shared | undefined };
const KEY = Symbol.for('orchestrator.tests.dev-server');

/** Starts the run's one dev server with the first project that needs it, and stops it with the last. */
export async function setup(project: TestProject): Promise<void> {
  const shared = (store[KEY] ??= { server: startDevServer(), projects: 0 });
  shared.projects += 1;
  project.provide('temporalAddress', (await shared.server).address);
}

/** Gives the server back; the last project stops it. */
export async function teardown(): Promise<void> {
  const shared = store[KEY];
  if (shared === undefined) return;
  shared.projects -= 1;
  if (shared.projects > 0) return;
  store[KEY] = undefined;
  await (await shared.server).stop();
}
