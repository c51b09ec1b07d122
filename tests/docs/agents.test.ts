import { describe, expect, it } from 'vitest';
import { AGENT_ADAPTERS } from '../../activities/clients/agent-adapters.ts';
import { PROVIDER_OF } from '../../workflows/domain/runs.ts';
import { CONSEQUENCES } from '../unit/activities/clients/consequences.ts';
import { FAILURE_MODES } from '../unit/activities/clients/failure-modes.ts';
import { readPage, readTable } from './markdown.ts';

const page = readPage('docs/agents.md');

describe('docs/agents.md', () => {
  it('has a row for each way a run can end, with the class the recorded runs prove', () => {
    const rows = FAILURE_MODES.map(({ mode, signals, class: kind, task }) => {
      const follows = CONSEQUENCES[kind];
      return [mode, signals, kind, task ?? follows.task, follows.attempts, follows.money];
    });
    expect(readTable(page, 'How a run ends')).toEqual(rows);
  });

  it('says of each adapter what its CLI can do by itself', () => {
    const rows = Object.values(AGENT_ADAPTERS).map(({ name, capabilities, endpoints }) => {
      const { cost, budget, maxTurns, fallback, effort, resume } = capabilities;
      const does = [cost, budget, maxTurns, fallback, effort, resume];
      const reaches = endpoints.length === 0 ? 'what is configured' : endpoints.join(', ');
      return [name, PROVIDER_OF[name], ...does.map((can) => (can ? 'yes' : 'no')), reaches];
    });
    expect(readTable(page, 'Adapters')).toEqual(rows);
  });
});
