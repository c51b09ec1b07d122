import { dirname, resolve } from 'node:path';
import type { Isolation } from '../../activities/runs/sandbox/isolation.ts';

/** What runs of tests may read beside their own: node and the scripted agent. */
export const TEST_ISOLATION: Isolation = {
  readable: [dirname(process.execPath), resolve('node_modules'), resolve('infra/sandbox/agent')],
  endpoints: [],
  memoryBytes: null,
};
