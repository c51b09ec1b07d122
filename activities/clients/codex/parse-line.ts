import { z } from 'zod';
import { parseJson } from '../../read-file.ts';
import type { AgentEvent, AgentTotals } from '../agent-adapter.ts';

const amount = z.number().catch(0);
const text = z.string().catch('');

const Usage = z.object({
  input_tokens: amount,
  cached_input_tokens: amount,
  cache_write_input_tokens: amount,
  output_tokens: amount,
});
const Started = z.object({ type: z.literal('thread.started'), thread_id: z.string() });
const Completed = z.object({
  type: z.literal('turn.completed'),
  usage: Usage.nullish().catch(null),
});
const Failed = z.object({ type: z.literal('turn.failed'), error: z.object({ message: text }) });
const Trouble = z.object({ type: z.literal('error'), message: text });
const Item = z.object({
  type: z.literal('item.completed'),
  item: z.object({ type: z.string(), text }),
});

/** Items that are steps of work; reasoning, plans and notes of the CLI itself are none. */
const STEPS = new Set([
  'agent_message',
  'command_execution',
  'file_change',
  'mcp_tool_call',
  'collab_tool_call',
  'web_search',
]);

const startedOf = ({ thread_id: sessionId }: z.infer<typeof Started>): AgentEvent[] => [
  { kind: 'started', sessionId, model: null, version: null },
];

const completedOf = ({ usage }: z.infer<typeof Completed>): AgentEvent[] => [
  {
    kind: 'final',
    success: true,
    subtype: 'turn.completed',
    text: '',
    reason: null,
    status: null,
    usage: usage ? totalsOf(usage) : null,
  },
];

/** Tells no usage; the next turn of the session counts this one too. */
const failedOf = ({ error }: z.infer<typeof Failed>): AgentEvent[] => [
  {
    kind: 'final',
    success: false,
    subtype: 'turn.failed',
    text: error.message,
    reason: null,
    status: statusIn(error.message),
    usage: null,
  },
];

const troubleOf = ({ message }: z.infer<typeof Trouble>): AgentEvent[] => [
  { kind: 'error', code: 'error', text: message, status: statusIn(message) },
];

function itemOf({ item }: z.infer<typeof Item>): AgentEvent[] {
  if (!STEPS.has(item.type)) return [];
  const spoke: AgentEvent[] =
    item.type === 'agent_message' ? [{ kind: 'spoke', text: item.text }] : [];
  return [{ kind: 'stepped' }, ...spoke];
}

function statusIn(message: string): number | null {
  const found = /(?:last status:|unexpected status) (\d{3})\b/.exec(message)?.[1];
  return found === undefined ? null : Number(found);
}

const Line = z.union([
  Started.transform(startedOf),
  Completed.transform(completedOf),
  Failed.transform(failedOf),
  Trouble.transform(troubleOf),
  Item.transform(itemOf),
]);

/** Reads one line of `codex exec --json`. What is unknown or no JSON says nothing. */
export function parseCodexLine(line: string): readonly AgentEvent[] {
  const parsed = Line.safeParse(parseJson(line));
  return parsed.success ? parsed.data : [];
}

/** Totals of the whole session; input counts what went through the cache, output the reasoning. */
function totalsOf(usage: z.infer<typeof Usage>): AgentTotals {
  return {
    model: null,
    inputTokens: usage.input_tokens,
    cachedTokens: usage.cached_input_tokens + usage.cache_write_input_tokens,
    cacheWriteTokens: usage.cache_write_input_tokens,
    outputTokens: usage.output_tokens,
    costUsd: null,
  };
}
