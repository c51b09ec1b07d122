import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent } from '../../../../activities/clients/agent-adapter.ts';
import { AGENT_ADAPTERS } from '../../../../activities/clients/agent-adapters.ts';
import type { RunExit } from '../../../../activities/runs/runs.ts';
import type { AgentName } from '../../../../workflows/domain/runs.ts';

/** The adapters by name. */
export const ADAPTERS = AGENT_ADAPTERS;

/** A process that ended well at 2026-11-21T14:00Z, but for `change`. */
export const exited = (change: Partial<RunExit> = {}): RunExit => ({
  exitCode: 0,
  signal: null,
  timedOut: false,
  killed: null,
  startedAt: '2026-11-21T13:59:00.000Z',
  endedAt: '2026-11-21T14:00:00.000Z',
  workedMs: 60_000,
  launches: 1,
  continuation: 0,
  stdoutPath: '',
  stderrPath: '',
  stdoutFrom: 0,
  lastLaunch: { stdoutFrom: 0, stderrFrom: 0 },
  stdout: { bytes: 0, sha256: '', cutLines: 0, droppedBytes: 0 },
  leaks: [],
  ...change,
});

/** What the recorded stream `<agent>/<name>.jsonl` says. */
export function readStream(agent: AgentName, name: string): AgentEvent[] {
  const text = readFileSync(join(import.meta.dirname, agent, `${name}.jsonl`), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => [...ADAPTERS[agent].parseLine(line)]);
}

/** What lines of the agent's own say; an object stands for its JSON. */
export const eventsOf = (agent: AgentName, ...lines: (object | string)[]): AgentEvent[] =>
  lines.flatMap((line) => [
    ...ADAPTERS[agent].parseLine(typeof line === 'string' ? line : JSON.stringify(line)),
  ]);
