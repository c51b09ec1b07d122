import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RecordedRun } from './consequences.ts';
import { FAILURE_MODES } from './failure-modes.ts';
import { ADAPTERS, exited, readStream } from './recorded-run.ts';

const INTERRUPTIONS = new Set(['transient', 'limit', 'incomplete', 'permanent']);

const classify = ({ agent, stream, exit = {}, stderr = '' }: RecordedRun) =>
  ADAPTERS[agent].classify(exited(exit), { events: readStream(agent, stream), stderrTail: stderr });

const nameOf = ({ agent, stream, exit = {}, stderr = '' }: RecordedRun) =>
  `${agent} ${stream} ${JSON.stringify(exit)} ${stderr}`;

describe.each(FAILURE_MODES.filter(({ runs }) => runs.length > 0))(
  'a run that ends this way: $mode',
  (mode) => {
    it.each(mode.runs.map((run) => [nameOf(run), run] as const))(
      `is ${mode.class}: %s`,
      (_, run) => {
        const outcome = classify(run);
        if (!INTERRUPTIONS.has(mode.class)) {
          expect(outcome).toMatchObject({ kind: 'ended', end: mode.class });
          return;
        }
        const resetsAt = run.resetsAt ?? null;
        expect(outcome).toMatchObject({ kind: 'interrupted', why: mode.class, resetsAt });
        expect(outcome.reason).not.toBe('');
      },
    );
  },
);

describe('the recorded streams', () => {
  const streams = globSync('{claude,codex,command}/*.jsonl', { cwd: import.meta.dirname }).sort();
  const used = new Set(
    FAILURE_MODES.flatMap(({ runs }) => runs.map((run) => join(run.agent, `${run.stream}.jsonl`))),
  );

  it('are all judged', () => {
    expect(streams.filter((stream) => !used.has(stream))).toEqual([]);
  });

  it.each(['claude', 'codex', 'command'] as const)(
    'of %s say what they always said',
    async (agent) => {
      const own = streams.filter((stream) => stream.startsWith(`${agent}/`));
      const said = own.flatMap((stream) => {
        const name = basename(stream, '.jsonl');
        return [`# ${name}`, ...readStream(agent, name).map((event) => JSON.stringify(event))];
      });
      await expect(`${said.join('\n')}\n`).toMatchFileSnapshot(`${agent}/events.txt`);
    },
  );
});
