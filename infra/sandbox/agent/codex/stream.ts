import type { Ending } from '../ending.ts';
import type { Stream, StreamStart, ToolUse } from '../stream.ts';
import { addTokens, NO_TOKENS } from '../tokens.ts';
import { logLimit, tellFailure } from './endings.ts';

/** One line of the stream. */
export type CodexEvent = Record<string, unknown> & { type: string };

const EXIT_INTERRUPTED = 130;
const RETRIES = 2;
const REASONING_SHARE = 0.3;
/** Where money has no limit, what an expensive turn spends: about 28 USD. */
const EXPENSIVE = { ...NO_TOKENS, output: 2_000_000 };
const CUT_SHORT = 'Now that this is done, I wi\n\nThe response above may be incomplete.';

/** The events of `codex exec --json` of one launch, in the order they are asked for. */
export class CodexStream implements Stream {
  readonly #start: StreamStart;
  readonly #emit: (event: CodexEvent) => void;
  #items = 0;
  #lastMessage = '';

  constructor(start: StreamStart, emit: (event: CodexEvent) => void) {
    this.#start = start;
    this.#emit = emit;
  }

  /** The newest agent message, '' before the first. */
  get lastMessage(): string {
    return this.#lastMessage;
  }

  begin(): void {
    this.#emit({ type: 'thread.started', thread_id: this.#start.sessionId });
    this.#emit({ type: 'turn.started' });
  }

  answer({ text, use }: { text?: string; use?: ToolUse }): void {
    this.#start.spending.take();
    if (text !== undefined) this.#say(text);
    if (use) this.#showUse(use);
  }

  end(ending: Ending): number {
    if (ending.kind === 'interrupted') return EXIT_INTERRUPTED;
    if (ending.kind === 'over-budget') this.#start.spending.take(EXPENSIVE);
    const failure = tellFailure(ending);
    if (failure !== null) return this.#fail(ending, failure);
    if (ending.kind !== 'finished') this.#say('I did not get any further.');
    this.#emit({ type: 'turn.completed', usage: this.#countUsage() });
    return 0;
  }

  #fail(ending: Ending, message: string): number {
    if (ending.kind === 'rate-limited') {
      for (let attempt = 1; attempt <= RETRIES; attempt += 1) {
        this.#emit({ type: 'error', message: `Reconnecting... ${attempt}/${RETRIES}` });
      }
    }
    if (ending.kind === 'usage-limited') console.error(logLimit(ending.resetsAtMs));
    if (ending.kind === 'incomplete') this.#say(CUT_SHORT);
    this.#emit({ type: 'error', message });
    this.#emit({ type: 'turn.failed', error: { message } });
    return 1;
  }

  #say(text: string): void {
    this.#lastMessage = text;
    this.#complete(this.#nextId(), { type: 'agent_message', text });
  }

  #showUse(use: ToolUse): void {
    if (use.tool === 'Write' || use.tool === 'Edit') this.#showChange(use);
    else this.#showCommand(use);
  }

  #showChange({ input, output, failed = false }: ToolUse): void {
    const kind = output.startsWith('File created') ? 'add' : 'update';
    const changes = [{ path: input['file_path'], kind }];
    const status = failed ? 'failed' : 'completed';
    this.#complete(this.#nextId(), { type: 'file_change', changes, status });
  }

  #showCommand({ input, output, failed = false }: ToolUse): void {
    const id = this.#nextId();
    const command = `/bin/bash -lc '${input['command'] ?? `cat ${input['file_path'] ?? ''}`}'`;
    const item = { id, type: 'command_execution', command };
    const running = { aggregated_output: '', exit_code: null, status: 'in_progress' };
    this.#emit({ type: 'item.started', item: { ...item, ...running } });
    const end = failed ? { exit_code: 1, status: 'failed' } : { exit_code: 0, status: 'completed' };
    this.#complete(id, { ...item, aggregated_output: output, ...end });
  }

  #nextId(): string {
    this.#items += 1;
    return `item_${this.#items - 1}`;
  }

  #complete(id: string, item: Record<string, unknown>): void {
    this.#emit({ type: 'item.completed', item: { id, ...item } });
  }

  /** The thread's total: a resumed thread goes on from what its rollout says. */
  #countUsage(): Record<string, number> {
    const { earlier, spending } = this.#start;
    const { input, cacheWrite, cacheRead, output } = [...earlier, spending]
      .map(({ spent }) => spent)
      .reduce(addTokens, NO_TOKENS);
    return {
      input_tokens: input + cacheWrite + cacheRead,
      cached_input_tokens: cacheRead,
      cache_write_input_tokens: cacheWrite,
      output_tokens: output,
      reasoning_output_tokens: Math.floor(output * REASONING_SHARE),
    };
  }
}
