import { expect, it } from 'vitest';
import { judgePolls } from '../../../../workers/doctor/worker-checks.ts';

const flow = { queue: 'flow', command: 'orch worker flow' };
const NOW = Date.parse('2026-11-21T09:00:00Z');

it('a queue that was polled within a poll is well', () => {
  expect(judgePolls(flow, NOW - 61_000, NOW)).toMatchObject({ level: 'ok' });
});

it('a queue nobody polls, or polled long ago, names the worker to start', () => {
  const fix = expect.stringContaining('start "orch worker flow"') as string;
  expect(judgePolls(flow, null, NOW)).toMatchObject({
    ...{ level: 'warning', text: 'nobody polls queue flow', fix },
  });
  expect(judgePolls(flow, NOW - 200_000, NOW)).toMatchObject({
    ...{ level: 'warning', text: 'nobody polls queue flow for 200 s', fix },
  });
});
