import { z } from 'zod';
import type { AgentEvent, AgentTotals } from '../agent-adapter.ts';
import { parseJson } from '../../read-file.ts';

/** What a model that will not do it stops with. */
export const REFUSAL = 'refusal';

/** What a reason begins with when the agent never began to work. */
export const FAILED_START = 'startup: ';

const text = z.string().catch('');
const amount = z.number().catch(0);
const word = z.string().nullable().catch(null);
const figure = z.number().nullable().catch(null);

const ModelUsage = z.object({
  inputTokens: amount,
  outputTokens: amount,
  cacheReadInputTokens: amount,
  cacheCreationInputTokens: amount,
});
type ModelUsage = z.infer<typeof ModelUsage>;

const Started = z.object({
  type: z.literal('system'),
  subtype: z.literal('init'),
  session_id: word,
  model: word,
  claude_code_version: word,
});
const Retry = z.object({
  type: z.literal('system'),
  subtype: z.literal('api_retry'),
  error: text,
  error_status: figure,
});
const Limit = z.object({
  type: z.literal('rate_limit_event'),
  rate_limit_info: z.object({
    status: z.literal('rejected'),
    resetsAt: z.union([z.string(), z.number()]).nullable().catch(null),
  }),
});
const MessageUsage = z.object({
  input_tokens: amount,
  output_tokens: amount,
  cache_read_input_tokens: amount,
  cache_creation_input_tokens: amount,
});
const Assistant = z.object({
  type: z.literal('assistant'),
  error: z.string().optional().catch(undefined),
  message: z.object({
    id: word,
    model: word,
    usage: MessageUsage.nullable().catch(null),
    content: z.array(z.object({ type: text, text })).catch([]),
  }),
});
const Result = z.object({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean().catch(false),
  result: text,
  errors: z.array(z.string()).catch([]),
  stop_reason: word,
  terminal_reason: word,
  startup_failure_reason: word,
  api_error_status: figure,
  total_cost_usd: figure,
  modelUsage: z.record(z.string(), ModelUsage).nullable().catch(null),
});

const Line = z.union([
  Started.transform(startedOf),
  Retry.transform(retryOf),
  Limit.transform(limitOf),
  Assistant.transform(assistantOf),
  Result.transform(finalOf),
]);

/** Reads one line of Claude Code's stream. The set of events is open: what is unknown or no JSON says nothing. */
export function parseClaudeLine(line: string): readonly AgentEvent[] {
  const parsed = Line.safeParse(parseJson(line));
  return parsed.success ? parsed.data : [];
}

function startedOf(line: z.infer<typeof Started>): AgentEvent[] {
  const { session_id: sessionId, model, claude_code_version: version } = line;
  return [{ kind: 'started', sessionId, model, version }];
}

function retryOf({ error, error_status: status }: z.infer<typeof Retry>): AgentEvent[] {
  return [{ kind: 'error', code: error, text: '', status }];
}

function limitOf({ rate_limit_info: { resetsAt } }: z.infer<typeof Limit>): AgentEvent[] {
  return [{ kind: 'limit', resetsAt: toIso(resetsAt) }];
}

/** Seconds since 1970, a number or its digits, or an ISO time. */
function toIso(moment: string | number | null): string | null {
  if (moment === null) return null;
  const seconds = Number(moment);
  const date = new Date(Number.isNaN(seconds) ? moment : seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function assistantOf({ error, message }: z.infer<typeof Assistant>): AgentEvent[] {
  const said = message.content.map((part) => part.text).join('');
  if (error !== undefined) return [{ kind: 'error', code: error, text: said, status: null }];
  const { id, model, usage } = message;
  const spoke: AgentEvent[] = said === '' ? [] : [{ kind: 'spoke', text: said }];
  if (id === null || usage === null) return spoke;
  const totals = totalsOf({
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheReadInputTokens: usage.cache_read_input_tokens,
    cacheCreationInputTokens: usage.cache_creation_input_tokens,
  });
  return [...spoke, { kind: 'used', id, usage: { ...totals, model } }];
}

function finalOf(result: z.infer<typeof Result>): AgentEvent[] {
  const status = result.api_error_status;
  return [
    {
      kind: 'final',
      // An API error is told as subtype success with is_error set.
      success: result.subtype === 'success' && !result.is_error,
      subtype: result.subtype,
      text: [result.result, ...result.errors].filter((part) => part !== '').join('\n'),
      reason: endOf(result),
      status,
      usage: usageOf(result),
    },
  ];
}

function endOf(result: z.infer<typeof Result>): string | null {
  const { startup_failure_reason: startup, stop_reason: stop, terminal_reason: end } = result;
  if (startup !== null) return `${FAILED_START}${startup}`;
  return stop === REFUSAL ? stop : end;
}

/** `usage` of the result counts the main loop only, `modelUsage` the whole tree. A start that failed tells neither. */
function usageOf(result: z.infer<typeof Result>): AgentTotals | null {
  const models = Object.entries(result.modelUsage ?? {});
  if (models.length === 0 && result.total_cost_usd === null) return null;
  const sum = (pick: (usage: ModelUsage) => number) =>
    models.reduce((total, [, usage]) => total + pick(usage), 0);
  const main = models.toSorted(([, a], [, b]) => b.outputTokens - a.outputTokens)[0];
  const totals = totalsOf({
    inputTokens: sum((usage) => usage.inputTokens),
    outputTokens: sum((usage) => usage.outputTokens),
    cacheReadInputTokens: sum((usage) => usage.cacheReadInputTokens),
    cacheCreationInputTokens: sum((usage) => usage.cacheCreationInputTokens),
  });
  return { ...totals, model: main?.[0] ?? null, costUsd: result.total_cost_usd };
}

/** The input Claude tells leaves out what went through the cache; ours is all of it. */
function totalsOf(usage: ModelUsage): AgentTotals {
  const cachedTokens = usage.cacheReadInputTokens + usage.cacheCreationInputTokens;
  return {
    model: null,
    inputTokens: usage.inputTokens + cachedTokens,
    cachedTokens,
    cacheWriteTokens: usage.cacheCreationInputTokens,
    outputTokens: usage.outputTokens,
    costUsd: null,
  };
}
