import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { AgentAdapter, AgentEvent } from '../clients/agent-adapter.ts';

const STDERR_TAIL_BYTES = 4000;

/** What a part of an agent's output says. `finalLine` = the line of the last final, as printed. */
export interface ReadOutput {
  events: readonly AgentEvent[];
  finalLine: string | null;
}

/**
 * Reads bytes `from` to `to` (null = the end) of a file of output; one that is not there says nothing. Of words that follow one
 * another only the last are kept, of an answer that is told again the last telling: memory does not grow with the talk.
 */
export async function readOutput(
  path: string,
  adapter: AgentAdapter,
  { from, to }: { from: number; to: number | null },
): Promise<ReadOutput> {
  const events: AgentEvent[] = [];
  let finalLine: string | null = null;
  const size = await sizeOf(path);
  const end = Math.min(to ?? size, size) - 1;
  if (end < from) return { events, finalLine };
  const lines = createInterface({
    input: createReadStream(path, { start: from, end }),
    crlfDelay: Infinity,
  });
  for await (const line of lines) {
    for (const event of adapter.parseLine(line)) {
      if (supersedes(event, events.at(-1))) events.pop();
      events.push(event);
      if (event.kind === 'final') finalLine = line;
    }
  }
  return { events, finalLine };
}

function supersedes(event: AgentEvent, last: AgentEvent | undefined): boolean {
  if (event.kind === 'stepped') return last?.kind === 'stepped';
  if (event.kind === 'spoke') return last?.kind === 'spoke' && event.text.trim() !== '';
  return event.kind === 'used' && last?.kind === 'used' && last.id === event.id;
}

/** The last bytes of a file, none of those before `from`; one that is not there is empty. */
export async function readTail(path: string, from: number): Promise<string> {
  const size = await sizeOf(path);
  const length = Math.min(Math.max(0, size - from), STDERR_TAIL_BYTES);
  if (length === 0) return '';
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
