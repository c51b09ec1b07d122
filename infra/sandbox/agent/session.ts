import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { NO_TOKENS, TokenCounts } from './tokens.ts';

const Bill = z.object({ model: z.string(), spent: TokenCounts });
/** What one launch of a session spent. */
export type Bill = z.infer<typeof Bill>;

const Line = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('user'),
    message: z.object({ content: z.string() }),
    performance: z.string(),
  }),
  z.object({ type: z.literal('progress'), stepsDone: z.int(), bill: Bill }),
  z.object({ type: z.literal('finished') }),
]);
type Line = z.infer<typeof Line>;

/** What a transcript says: the first prompt, how far its unfinished performance got, the bill of each launch. */
export interface History {
  firstPrompt: string;
  performance: string;
  stepsDone: number;
  bills: Bill[];
}

function readLines(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text) => {
      // The last line of an agent that was killed may be half a line.
      const line = Line.safeParse(parseJson(text));
      return line.success ? [line.data] : [];
    });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function learn(history: History, line: Line): void {
  switch (line.type) {
    case 'user':
      if (history.performance !== line.performance) history.stepsDone = 0;
      history.performance = line.performance;
      history.firstPrompt ||= line.message.content;
      history.bills.push({ model: '', spent: NO_TOKENS });
      break;
    case 'progress':
      history.stepsDone = line.stepsDone;
      history.bills[history.bills.length - 1] = line.bill;
      break;
    case 'finished':
      history.stepsDone = 0;
      break;
  }
}

const listTranscripts = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
        path.endsWith('.jsonl'),
      )
    : [];

/** The transcript file of a session anywhere below `folder`, null when there is none. */
export function findTranscript(folder: string, id: string): string | null {
  const found = listTranscripts(folder).find((path) => path.endsWith(`${id}.jsonl`));
  return found === undefined ? null : join(folder, found);
}

/** The id of the session whose transcript has the last name below `folder`, null when there is none. */
export function findNewestSession(folder: string): string | null {
  const newest = listTranscripts(folder).toSorted().at(-1);
  return newest === undefined ? null : (/[0-9a-f-]{36}(?=\.jsonl$)/.exec(newest)?.[0] ?? null);
}

/** Reads a transcript. */
export function readHistory(file: string): History {
  const history: History = { firstPrompt: '', performance: '', stepsDone: 0, bills: [] };
  for (const line of readLines(file)) learn(history, line);
  history.bills = history.bills.filter(({ model }) => model !== '');
  return history;
}

/** The transcript of one session, kept as it goes; without a file nothing is kept. */
export class Transcript {
  readonly #file: string | null;

  /** `origin` is the transcript of the session it goes on with. */
  constructor(file: string | null, origin: string | null) {
    this.#file = file;
    if (file === null || file === origin) return;
    mkdirSync(dirname(file), { recursive: true });
    if (origin !== null) copyFileSync(origin, file);
  }

  noteLaunch(prompt: string, performance: string): void {
    this.#add({ type: 'user', message: { content: prompt }, performance });
  }

  noteProgress(stepsDone: number, bill: Bill): void {
    this.#add({ type: 'progress', stepsDone, bill });
  }

  noteFinish(): void {
    this.#add({ type: 'finished' });
  }

  #add(line: Line): void {
    if (this.#file !== null) appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}
