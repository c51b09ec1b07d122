import { toPlainLine } from '../report/columns.ts';
import type { Paper } from '../report/columns.ts';
import type { Finding, Level } from './finding.ts';

const STYLES = { ok: 'green', warning: 'yellow', problem: 'red' } as const;

/** Writes every finding, its fix below it; in a pipe one line each with tabs. */
export function writeFindings(paper: Paper, findings: readonly Finding[]): void {
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  for (const { check, level, text, fix } of findings) {
    if (!paper.isTerminal) {
      paper.write([level, check, text, fix ?? ''].map(toPlainLine).join('\t'));
      continue;
    }
    const mark = paper.styled(STYLES[level], level.padEnd(8));
    paper.write(`${mark} ${check.padEnd(width)}  ${toPlainLine(text)}`);
    if (fix !== null) paper.write(`${' '.repeat(9 + width)}  ${toPlainLine(`to do: ${fix}`)}`);
  }
  if (paper.isTerminal) paper.write(describeCount(findings));
}

function describeCount(findings: readonly Finding[]): string {
  const count = (level: Level): number => findings.filter((one) => one.level === level).length;
  return `${count('problem')} problems, ${count('warning')} warnings, ${count('ok')} ok`;
}

/** Takes every secret out of every text, so that an answer that repeats a key shows none. */
export function hideSecrets(
  findings: readonly Finding[],
  secrets: readonly string[],
): readonly Finding[] {
  const known = secrets.filter((secret) => secret.length > 3);
  const hide = (text: string): string =>
    known.reduce((left, secret) => left.replaceAll(secret, '***'), text);
  return findings.map((finding) => ({
    ...finding,
    text: hide(finding.text),
    fix: finding.fix && hide(finding.fix),
  }));
}

/** Values in the environment that must never be shown. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const named = Object.entries(env)
    .filter(([name]) => /TOKEN|SECRET|PASSWORD|_KEY$/.test(name))
    .map(([, value]) => value?.trim() ?? '');
  const ledger = env['ORCH_LEDGER_URL'] ?? '';
  const password = URL.canParse(ledger) ? decodeURIComponent(new URL(ledger).password) : '';
  return [...named, password];
}
