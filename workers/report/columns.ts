import { styleText, stripVTControlCharacters } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where text for people goes: a terminal gets columns and colours, a pipe tabs and none. */
export interface Paper {
  isTerminal: boolean;
  /** styles in a terminal, unless NO_COLOR is set */
  styled: (style: Style, text: string) => string;
  write: (line: string) => void;
}

/** Paper over a stream. */
export function paperOf(stream: NodeJS.WriteStream): Paper {
  return {
    isTerminal: stream.isTTY,
    styled: (style, text) => styleText(style, text, { stream }),
    write: (line) => stream.write(`${line}\n`),
  };
}

/** Writes rows under a head. The last column is not padded. Control characters of foreign texts are dropped. */
export function writeColumns(
  paper: Paper,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const clean = rows.map((row) => row.map(toPlainLine));
  if (!paper.isTerminal) {
    for (const row of [head, ...clean]) paper.write(row.join('\t'));
    return;
  }
  const widths = head.map((title, at) =>
    Math.max(...[title, ...clean.map((row) => row[at] ?? '')].map((cell) => cell.length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  paper.write(paper.styled('dim', line(head)));
  for (const row of clean) paper.write(line(row));
}

/** One line without control characters: a title could steer the terminal. */
export function toPlainLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ');
}
