import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseJson } from '../../activities/read-file.ts';
import { LineFollower } from '../../activities/runs/line-follower.ts';
import type { Paper } from '../report/columns.ts';
import { toPlainLine } from '../report/columns.ts';
import { createLogReader } from './read-log-line.ts';
import type { LogEntry } from './read-log-line.ts';

/** How a run's output is shown: its lines as JSON objects, or what they say. */
export type LogForm = 'lines' | 'entries';

const READ_MS = 250;

/** Writes what the run in `folder` has put out so far, and while `goesOn` says so what it adds. A folder without output shows nothing. */
export async function showRun(
  paper: Paper,
  about: { folder: string; form: LogForm; goesOn: () => boolean },
): Promise<void> {
  const path = join(about.folder, 'stdout.jsonl');
  while (!existsSync(path)) {
    if (!about.goesOn()) return;
    await pause(READ_MS);
  }
  const follower = new LineFollower(path, 0, lineWriter(paper, about.form));
  while (about.goesOn()) {
    await follower.readOn();
    await pause(READ_MS);
  }
  await follower.finish();
}

function lineWriter(paper: Paper, form: LogForm): (line: string) => void {
  if (form === 'lines') {
    return (line) => {
      paper.write(toJsonLine(line));
    };
  }
  const read = createLogReader();
  return (line) => {
    for (const entry of read(line)) writeEntry(paper, entry);
  };
}

/** A line that is no JSON object becomes one, and no control character is left: an agent could steer the terminal. */
function toJsonLine(line: string): string {
  const value = parseJson(line);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return (isObject ? line : JSON.stringify({ text: line })).replace(/\p{Cc}/gu, escapeControl);
}

/** Valid JSON has those below the blank only between its words, the others only in them. */
const escapeControl = (character: string): string =>
  character < ' ' ? ' ' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const MARKS = { note: '--', said: '', tool: '>', trouble: '!' } as const;
const STYLES = { note: 'dim', said: null, tool: 'cyan', trouble: 'red' } as const;

/** Writes an entry; control characters are dropped: an agent could steer the terminal. */
export function writeEntry(paper: Paper, { kind, text }: LogEntry): void {
  const style = STYLES[kind];
  for (const part of text.trim().split(/\r?\n/)) {
    const line = `${MARKS[kind]} ${toPlainLine(part)}`.trim();
    paper.write(style === null ? line : paper.styled(style, line));
  }
}
