import { z } from 'zod';
import type { AgentEvent, AgentTotals } from '../agent-adapter.ts';

const text = z.string().catch('');
const amount = z.number().catch(0);

const ModelUsage = z.object({
  inputTokens: amount,
  outputTokens: amount,
  cacheReadInputTokens: amount,
  cacheCreationInputTokens: amount,
  costUSD: z.number().nullable().catch(null),
});

const Started = z.object({
  type: z.literal('system'),
  subtype: z.literal('init'),
  session_id: z.string().nullable().catch(null),
  model: z.string().nullable().catch(null),
  claude_code_version: z.string().nullable().catch(null),
});
const Limit = z.object({
  type: z.literal('rate_limit_event'),
  rate_limit_info: z.object({
    status: z.literal('rejected'),
    resetsAt: z.union([z.string(), z.number()]).nullable().catch(null),
  }),
});
const Assistant = z.object({
  type: z.literal('assistant'),
  error: z.string().optional().catch(undefined),
  message: z.object({ content: z.array(z.object({ type: z.string(), text })).catch([]) }),
});
const Result = z.object({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean().catch(false),
  result: text,
  errors: z.array(z.string()).catch([]),
  terminal_reason: z.string().nullable().catch(null),
  startup_failure_reason: z.string().nullable().catch(null),
  api_error_status: z.number().nullable().catch(null),
  total_cost_usd: z.number().nullable().catch(null),
  modelUsage: z.record(z.string(), ModelUsage).catch({}),
});

/** Reads one line of Claude Code's stream. The set of events is open: what is unknown or no JSON is null. */
export function parseClaudeLine(line: string): AgentEvent | null {
  const value = parseJson(line);
  const started = Started.safeParse(value);
  if (started.success) {
    const { session_id: sessionId, model, claude_code_version: version } = started.data;
    return { kind: 'started', sessionId, model, version };
  }
  const result = Result.safeParse(value);
  if (result.success) return finalOf(result.data);
  const limit = Limit.safeParse(value);
  if (limit.success) {
    const { resetsAt } = limit.data.rate_limit_info;
    return { kind: 'limit', resetsAt: resetsAt === null ? null : String(resetsAt) };
  }
  const assistant = Assistant.safeParse(value);
  if (!assistant.success) return null;
  const said = assistant.data.message.content.map((part) => part.text).join('');
  const { error } = assistant.data;
  return error === undefined
    ? { kind: 'spoke', text: said }
    : { kind: 'error', code: error, text: said, status: null };
}

function finalOf(result: z.infer<typeof Result>): AgentEvent {
  const status = result.api_error_status;
  return {
    kind: 'final',
    // An API error is told as subtype success with is_error set.
    success: result.subtype === 'success' && !result.is_error,
    subtype: result.subtype,
    text: [result.result, ...result.errors].filter((part) => part !== '').join('\n'),
    reason:
      result.startup_failure_reason ??
      (status === null ? result.terminal_reason : `api status ${status}`),
    usage: totalsOf(result),
  };
}

/** `usage` of the result counts the main loop only, `modelUsage` the whole tree. */
function totalsOf(result: z.infer<typeof Result>): AgentTotals {
  const models = Object.entries(result.modelUsage);
  const sum = (pick: (usage: z.infer<typeof ModelUsage>) => number) =>
    models.reduce((total, [, usage]) => total + pick(usage), 0);
  const cachedTokens = sum((usage) => usage.cacheReadInputTokens + usage.cacheCreationInputTokens);
  const main = models.toSorted(([, a], [, b]) => b.outputTokens - a.outputTokens)[0];
  return {
    model: main?.[0] ?? null,
    inputTokens: sum((usage) => usage.inputTokens) + cachedTokens,
    cachedTokens,
    outputTokens: sum((usage) => usage.outputTokens),
    costUsd: result.total_cost_usd,
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
