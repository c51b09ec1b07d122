import { randomUUID } from 'node:crypto';
import type { ToolUse } from './apply-step.ts';
import { AGENT_VERSION } from './flags.ts';
import { billRun, spentUntil, wireUsage } from './billing.ts';
import { findModel } from './price.ts';
import type { TokenCounts } from './scenario.ts';

/** One line of the stream. */
export type StreamEvent = Record<string, unknown> & { type: string };

/** What a conversation is about; `turns` is how many answers share the tokens of `usage`. */
export interface ConversationPlan {
  sessionId: string;
  model: string;
  permissionMode: string;
  turns: number;
  usage: TokenCounts;
}

const randomId = () => randomUUID().replaceAll('-', '').slice(0, 24);

/** Claude Code's stream-json events of one headless run, in the order they are asked for. */
export class Conversation {
  readonly #plan: ConversationPlan;
  readonly #emit: (event: StreamEvent) => void;
  readonly #startedAt = Date.now();
  readonly #modelId: string;
  #turn = 0;

  constructor(plan: ConversationPlan, emit: (event: StreamEvent) => void) {
    this.#plan = plan;
    this.#emit = emit;
    this.#modelId = findModel(plan.model).id;
  }

  init(cwd: string): void {
    this.#send({
      type: 'system',
      subtype: 'init',
      cwd,
      tools: ['Read', 'Write', 'Edit'],
      mcp_servers: [],
      model: this.#modelId,
      permissionMode: this.#plan.permissionMode,
      slash_commands: [],
      apiKeySource: 'none',
      claude_code_version: AGENT_VERSION,
      output_style: 'default',
      capabilities: [],
    });
  }

  /** One answer of the model: its text, the tool it calls, or both under one message id. */
  answer({ text, use }: { text?: string; use?: ToolUse }): void {
    const messageId = `msg_${randomId()}`;
    const usage = wireUsage(
      spentUntil(this.#plan, this.#turn + 1),
      spentUntil(this.#plan, this.#turn),
    );
    this.#turn += 1;
    const say = (content: Record<string, unknown>) => {
      this.#send({
        type: 'assistant',
        message: {
          id: messageId,
          type: 'message',
          role: 'assistant',
          model: this.#modelId,
          content: [content],
          stop_reason: null,
          stop_sequence: null,
          usage,
        },
        parent_tool_use_id: null,
      });
    };
    if (text !== undefined) say({ type: 'text', text });
    if (use) this.#callTool(use, say);
  }

  finish(text: string): void {
    this.#end({
      subtype: 'success',
      is_error: false,
      stop_reason: 'end_turn',
      terminal_reason: 'completed',
      result: text,
    });
  }

  /** Ends the turn after SIGINT, billed for the answers given so far. */
  interrupt(): void {
    this.#send({
      type: 'user',
      message: {
        role: 'user',
        content: [{ type: 'text', text: '[Request interrupted by user]' }],
      },
      parent_tool_use_id: null,
    });
    this.#end({
      subtype: 'error_during_execution',
      is_error: true,
      stop_reason: null,
      terminal_reason: 'aborted_streaming',
      errors: ['Request interrupted by user'],
    });
  }

  #callTool(use: ToolUse, say: (content: Record<string, unknown>) => void): void {
    const id = `toolu_${randomId()}`;
    say({ type: 'tool_use', id, name: use.tool, input: use.input });
    this.#send({
      type: 'user',
      message: {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: id, content: use.output }],
      },
      parent_tool_use_id: null,
    });
  }

  #end(outcome: Record<string, unknown>): void {
    const durationMs = Date.now() - this.#startedAt;
    this.#send({
      type: 'result',
      ...outcome,
      duration_ms: durationMs,
      duration_api_ms: durationMs,
      num_turns: this.#turn,
      ...billRun(this.#plan.model, spentUntil(this.#plan, this.#turn)),
      permission_denials: [],
    });
  }

  #send(event: StreamEvent): void {
    this.#emit({ ...event, session_id: this.#plan.sessionId, uuid: randomUUID() });
  }
}
