import { stripVTControlCharacters } from 'node:util';

/** What a test command's output tells; null = it does not say. `failures` are its failing lines without times and addresses. */
export interface TestCounts {
  passed: number | null;
  failed: number | null;
  failures: readonly string[];
}

const LONGEST_LINE = 500;
const FAILING_LINE = /^\s*(not ok\b|✖|✗|×|FAIL\b|FAILED\b|--- FAIL|●)/;
const LONGEST_TAIL = 12_000;

/** Reads the summaries of node:test, TAP, vitest, jest, mocha and pytest. Several summaries add up. */
export function readTestOutput(output: string): TestCounts {
  const text = stripVTControlCharacters(output);
  const failing = text.split('\n').filter((line) => FAILING_LINE.test(line));
  return {
    passed: sumOf(text, [
      /^[ \t]*(?:#|ℹ) pass (\d+)[ \t]*$/gm,
      /^[ \t]*Tests:?[ \t].*?\b(\d+) passed/gm,
      /^[ \t]*(\d+) passing\b/gm,
      /^=+ .*?\b(\d+) passed.* =+$/gm,
    ]),
    failed: sumOf(text, [
      /^[ \t]*(?:#|ℹ) fail (\d+)[ \t]*$/gm,
      /^[ \t]*Tests:?[ \t].*?\b(\d+) failed/gm,
      /^[ \t]*(\d+) failing\b/gm,
      /^=+ .*?\b(\d+) failed.* =+$/gm,
    ]),
    failures: [...new Set(failing.map(withoutNoise))].sort(),
  };
}

/** The end of an output as people and agents may read it: no control characters, at most 12,000 characters. */
export function tailOf(output: string): string {
  const text = stripVTControlCharacters(output)
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trimEnd();
  return text.length <= LONGEST_TAIL ? text : `(cut)\n${text.slice(-LONGEST_TAIL)}`;
}

/** Whether two red runs failed alike: the same failing lines, or when none are recognisable the same exit code. Source: ORCH-109. */
export function failedAlike(
  first: { counts: TestCounts; exitCode: number | null },
  second: { counts: TestCounts; exitCode: number | null },
): boolean {
  if (first.exitCode !== second.exitCode) return false;
  return first.counts.failures.join('\n') === second.counts.failures.join('\n');
}

function sumOf(text: string, patterns: readonly RegExp[]): number | null {
  for (const pattern of patterns) {
    const found = [...text.matchAll(pattern)].map((match) => Number(match[1]));
    if (found.length > 0) return found.reduce((sum, count) => sum + count, 0);
  }
  return null;
}

const withoutNoise = (line: string) =>
  line
    .slice(0, LONGEST_LINE)
    .replace(/\(?\b\d+(\.\d+)?\s?m?s\)?/g, '')
    .replace(/\/\S*\/(?=[^/\s]+)/g, '')
    .replace(/\b\d+\b/g, 'N')
    .replace(/\s+/g, ' ')
    .trim();
