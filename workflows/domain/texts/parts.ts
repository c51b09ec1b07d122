import type { UsageSum } from '../usage.ts';
import { formatCost, formatCount } from './figures.ts';
import { joinHtml, linkTo, rich } from './html.ts';
import type { Html } from './html.ts';
import type { CardWords, Language, Links } from './language-pack.ts';

/** Paragraphs of a board comment. */
export function paragraphs(...parts: readonly Html[]): Html {
  return rich`${parts.map((part) => rich`<p>${part}</p>`)}`;
}

/** A list of files of the task's branch, each a link; empty for none. */
export function fileList(paths: readonly string[], links: Links): Html {
  if (paths.length === 0) return rich``;
  return rich`<ul>${paths.map((path) => rich`<li>${linkTo(links.file(path), path)}</li>`)}</ul>`;
}

/** Tokens and cost on one line: `12,345 in (10,000 cached) / 678 out · $0.12`. */
export function usageLine(
  sum: UsageSum,
  language: Language,
  words: Pick<CardWords, 'in' | 'cached' | 'out'>,
): Html {
  const count = (tokens: number) => formatCount(tokens, language);
  const tokens = rich`${count(sum.inputTokens)} ${words.in} (${count(sum.cachedTokens)} ${words.cached}) / ${count(sum.outputTokens)} ${words.out}`;
  return joinHtml([tokens, rich`${formatCost(sum)}`], ' · ');
}

/** Facts on one line, those that are missing left out. */
export function factLine(facts: readonly (string | null)[]): string {
  return facts.filter((fact) => fact !== null && fact !== '').join(' · ');
}
