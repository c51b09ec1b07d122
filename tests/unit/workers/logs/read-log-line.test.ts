import { describe, expect, it } from 'vitest';
import { createLogReader } from '../../../../workers/logs/read-log-line.ts';

const read = (lines: readonly (object | string)[]) => {
  const readLine = createLogReader();
  return lines
    .flatMap((line) => readLine(typeof line === 'string' ? line : JSON.stringify(line)))
    .map(({ kind, text }) => `${kind} ${text}`);
};
const assistant = (...content: object[]) => ({ type: 'assistant', message: { content } });
const use = (id: string, input: object) => ({ type: 'tool_use', id, name: 'Bash', input });
const item = (type: string, about: object) => ({ type, item: about });

describe('the log of a run', () => {
  it('shows what an agent says and which tool it calls, once each', () => {
    const command = { id: 'i1', type: 'command_execution', command: 'npm test' };
    expect(
      read([
        {
          type: 'system',
          subtype: 'init',
          session_id: 's',
          model: 'm-1',
          claude_code_version: '2',
        },
        assistant({ type: 'text', text: 'I look at it.' }),
        assistant(use('t1', { command: 'ls -la', description: 'x' })),
        { type: 'user', message: { role: 'user', content: [{ type: 'tool_result' }] } },
        assistant(use('t2', { some: 'thing' })),
        { type: 'thread.started', thread_id: 's2' },
        item('item.started', command),
        item('item.completed', { ...command, aggregated_output: 'ok' }),
        item('item.completed', { id: 'i2', type: 'agent_message', text: 'Green.' }),
        item('item.completed', {
          ...{ id: 'i3', type: 'file_change' },
          changes: [{ path: 'a.ts', kind: 'add' }],
        }),
      ]),
    ).toEqual([
      'note session started, m-1',
      'said I look at it.',
      'tool Bash: ls -la',
      'tool Bash: {"some":"thing"}',
      'note session started',
      'tool shell: npm test',
      'said Green.',
      'tool edit: add a.ts',
    ]);
  });

  it('shows limits, errors and how it ended', () => {
    const info = { status: 'rejected', resetsAt: '2026-11-21T12:00:00.000Z' };
    const result = { type: 'result', is_error: false, result: 'done' };
    expect(
      read([
        { type: 'rate_limit_event', rate_limit_info: info },
        { type: 'system', subtype: 'api_retry', error: 'overloaded', error_status: 529 },
        { ...result, subtype: 'success' },
        { ...result, subtype: 'error_max_turns', result: '' },
        { type: 'turn.failed', error: { message: 'stream error' } },
      ]),
    ).toEqual([
      'trouble limit reached, until 2026-11-21T12:00:00.000Z',
      'trouble overloaded (529)',
      'note the agent says it is done',
      'trouble the agent gave up: error_max_turns',
      'trouble the agent gave up: turn.failed, stream error',
    ]);
  });

  it('shows plain lines as they are, and nothing of a stream it does not know', () => {
    const lines = ['Starting up', '', { type: 'stream_event' }, { other: 1 }, '{"half":', '42'];
    expect(read(lines)).toEqual(['said Starting up', 'said {"half":', 'said 42']);
  });

  it('cuts what a tool was called with, and names files as the agent sees them', () => {
    const path = '/data/clones/NOTE-1-ab12cd34/tree/src/app.ts';
    expect(read([assistant(use('t', { file_path: path }))])).toEqual(['tool Bash: src/app.ts']);
    const [line = ''] = read([assistant(use('t', { command: 'x'.repeat(10_000) }))]);
    expect(line.length).toBeLessThan(200);
  });
});
