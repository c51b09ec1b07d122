import { randomUUID } from 'node:crypto';
import type { Ending } from '../ending.ts';
import type { Stream, StreamStart, ToolUse } from '../stream.ts';
import { NO_TOKENS, type TokenCounts } from '../tokens.ts';
import { billLaunches, wireUsage } from './billing.ts';
import { tellEnding, type Telling } from './endings.ts';
import { AGENT_VERSION, type AgentFlags } from './flags.ts';
import { findModel } from './price.ts';

/** One line of the stream. */
export type StreamEvent = Record<string, unknown> & { type: string };

const DEFAULT_MAX_TURNS = 30;
const DEFAULT_MAX_BUDGET_USD = 10;
const OVERSHOOT = 1.02;
const RETRIES = 2;

const randomId = () => randomUUID().replaceAll('-', '').slice(0, 24);

/** Claude Code's stream-json events of one launch, in the order they are asked for. */
export class ClaudeStream implements Stream {
  readonly #start: StreamStart;
  readonly #flags: AgentFlags;
  readonly #emit: (event: StreamEvent) => void;
  readonly #startedAt = Date.now();
  readonly #modelId: string;

  constructor(start: StreamStart, flags: AgentFlags, emit: (event: StreamEvent) => void) {
    this.#start = start;
    this.#flags = flags;
    this.#emit = emit;
    this.#modelId = findModel(flags.model).id;
  }

  begin(): void {
    const { dangerouslySkipPermissions, permissionMode } = this.#flags;
    this.#send({
      type: 'system',
      subtype: 'init',
      cwd: this.#start.tree,
      tools: ['Bash', 'Edit', 'Read', 'Write'],
      mcp_servers: [],
      model: this.#modelId,
      permissionMode: dangerouslySkipPermissions ? 'bypassPermissions' : permissionMode,
      slash_commands: [],
      apiKeySource: 'none',
      claude_code_version: AGENT_VERSION,
      output_style: 'default',
      capabilities: [],
    });
  }

  /** Text and tool call of one answer are two events under one message id. */
  answer({ text, use }: { text?: string; use?: ToolUse }): void {
    const say = this.#openMessage(this.#modelId, this.#start.spending.take());
    if (text !== undefined) say({ type: 'text', text });
    if (use) this.#callTool(use, say);
  }

  end(ending: Ending): number {
    const maxBudgetUsd = Number(this.#flags.maxBudgetUsd ?? DEFAULT_MAX_BUDGET_USD);
    const maxTurns = Number(this.#flags.maxTurns ?? DEFAULT_MAX_TURNS);
    if (ending.kind === 'over-budget') this.#spendBeyond(maxBudgetUsd);
    const { error, status, text, result } = tellEnding(ending, { maxTurns, maxBudgetUsd });
    this.#leadTo(ending, { error, status });
    if (error !== undefined) {
      this.#openMessage('<synthetic>', NO_TOKENS, { error })({ type: 'text', text });
    }
    this.#sendResult(result);
    return result['is_error'] === true ? 1 : 0;
  }

  #openMessage(model: string, spends: TokenCounts, more: Record<string, unknown> = {}) {
    const id = `msg_${randomId()}`;
    return (content: Record<string, unknown>) => {
      const message = { id, type: 'message', role: 'assistant', model, content: [content] };
      this.#send({
        type: 'assistant',
        message: {
          ...message,
          stop_reason: null,
          stop_sequence: null,
          usage: wireUsage(spends),
        },
        parent_tool_use_id: null,
        ...more,
      });
    };
  }

  #callTool(use: ToolUse, say: (content: Record<string, unknown>) => void): void {
    const id = `toolu_${randomId()}`;
    say({ type: 'tool_use', id, name: use.tool, input: use.input });
    const failed = use.failed === true && { is_error: true };
    this.#sendUser([{ type: 'tool_result', tool_use_id: id, content: use.output, ...failed }]);
  }

  #spendBeyond(budgetUsd: number): void {
    const { outputUsdPerMillion } = findModel(this.#flags.model);
    const missingUsd = budgetUsd * OVERSHOOT - this.#bill().total_cost_usd;
    const output = Math.ceil((Math.max(0, missingUsd) / outputUsdPerMillion) * 1e6);
    const spends = this.#start.spending.take({ ...NO_TOKENS, output });
    this.#openMessage(this.#modelId, spends)({ type: 'text', text: 'Let me think about it all.' });
  }

  #leadTo(ending: Ending, { error, status }: Pick<Telling, 'error' | 'status'>): void {
    if (ending.kind === 'rate-limited' || ending.kind === 'overloaded') this.#retry(error, status);
    if (ending.kind === 'usage-limited') this.#tellLimit(ending.resetsAtMs);
    if (ending.kind === 'incomplete') this.answer({ text: 'Now that this is done, I wi' });
    if (ending.kind === 'interrupted') {
      this.#sendUser([{ type: 'text', text: '[Request interrupted by user]' }]);
    }
  }

  #retry(error: string | undefined, status: number | undefined): void {
    for (let attempt = 1; attempt <= RETRIES; attempt += 1) {
      this.#send({
        type: 'system',
        subtype: 'api_retry',
        attempt,
        max_retries: RETRIES,
        retry_delay_ms: 0,
        error_status: status ?? null,
        error,
      });
    }
  }

  #tellLimit(resetsAtMs: number): void {
    const resetsAt = Math.ceil(resetsAtMs / 1000);
    this.#send({
      type: 'rate_limit_event',
      rate_limit_info: { status: 'rejected', resetsAt, rateLimitType: 'five_hour' },
    });
  }

  /** A resumed session's totals go on from those of its transcript; only `usage` is the launch's own. */
  #bill() {
    const { earlier, spending } = this.#start;
    return billLaunches([...earlier, { model: this.#flags.model, spent: spending.spent }]);
  }

  #sendUser(content: Record<string, unknown>[]): void {
    this.#send({ type: 'user', message: { role: 'user', content }, parent_tool_use_id: null });
  }

  #sendResult(result: Record<string, unknown>): void {
    const durationMs = Date.now() - this.#startedAt;
    const { spending } = this.#start;
    this.#send({
      type: 'result',
      ...result,
      duration_ms: durationMs,
      duration_api_ms: durationMs,
      num_turns: spending.turns,
      usage: wireUsage(spending.spent),
      ...this.#bill(),
      permission_denials: [],
    });
  }

  #send(event: StreamEvent): void {
    this.#emit({ ...event, session_id: this.#start.sessionId, uuid: randomUUID() });
  }
}
