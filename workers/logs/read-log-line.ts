import type { AgentEvent, AgentFinal } from '../../activities/clients/agent-adapter.ts';
import { STREAM_ADAPTERS } from '../../activities/clients/agent-adapters.ts';
import { parseJson } from '../../activities/read-file.ts';
import { readToolCalls } from './read-tool-calls.ts';

/** One thing worth showing of an agent's output. Text may have several lines and is not cleaned. */
export interface LogEntry {
  kind: 'note' | 'said' | 'tool' | 'trouble';
  text: string;
}

/** Reads the lines of one run, in order: what the agent says, which tools it calls, what goes wrong. The rest is left out. */
export function createLogReader(): (line: string) => readonly LogEntry[] {
  const shown = new Set<string>();
  return (line) => {
    const value = parseJson(line);
    if (typeof value !== 'object' || value === null) return textOf(line);
    const events = STREAM_ADAPTERS.map((adapter) => adapter.parseLine(line));
    const told = (events.find(({ length }) => length > 0) ?? []).flatMap(entryOf);
    const calls = readToolCalls(value).filter(({ id }) => id === null || !shown.has(id));
    for (const { id } of calls) if (id !== null) shown.add(id);
    const tools = calls.map(({ name, about }) => ({
      kind: 'tool' as const,
      text: tell(name, about),
    }));
    return [...told, ...tools];
  };
}

/** A line that is no stream of ours: an agent that just prints. */
const textOf = (line: string): LogEntry[] =>
  line.trim() === '' ? [] : [{ kind: 'said', text: line }];

const tell = (name: string, about: string): string => (about === '' ? name : `${name}: ${about}`);

function entryOf(event: AgentEvent): LogEntry[] {
  switch (event.kind) {
    case 'started':
      return [{ kind: 'note', text: `session started${event.model ? `, ${event.model}` : ''}` }];
    case 'spoke':
      return event.text.trim() === '' ? [] : [{ kind: 'said', text: event.text }];
    case 'limit':
      return [{ kind: 'trouble', text: `limit reached, until ${event.resetsAt ?? 'not told'}` }];
    case 'error': {
      const status = event.status === null ? '' : ` (${event.status})`;
      return [{ kind: 'trouble', text: tell(`${event.code}${status}`, event.text) }];
    }
    case 'final':
      return [endOf(event)];
    case 'used':
    case 'stepped':
      return [];
  }
}

/** The last word repeats what was said before; only a failure has more to tell. */
function endOf({ success, subtype, text, reason }: AgentFinal): LogEntry {
  if (success) return { kind: 'note', text: 'the agent says it is done' };
  const why = [subtype, reason, text].filter((part) => part !== null && part !== '');
  return { kind: 'trouble', text: `the agent gave up: ${why.join(', ')}` };
}
