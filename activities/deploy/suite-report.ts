import { z } from 'zod';
import { parseJson } from '../read-file.ts';

/** One check of a staging suite. `REAL` = the code is at fault when it fails, `SANDBOX_INFRA` = the environment is. */
export interface SuiteCheck {
  name: string;
  kind: 'REAL' | 'SANDBOX_INFRA';
  ok: boolean;
  detail: string;
}

const Check = z.object({
  name: z.string().min(1).max(300),
  kind: z.unknown().transform((kind) => (kind === 'SANDBOX_INFRA' ? kind : 'REAL')),
  ok: z.boolean(),
  detail: z.string().max(10_000).default(''),
});
const Report = z.object({ checks: z.array(Check).max(1000) });

/** The checks a suite printed, as its whole output or its last line; null when it printed none. An unknown kind is REAL. Source: ORCH-061. */
export function parseSuite(stdout: string): SuiteCheck[] | null {
  const lastLine = stdout.trimEnd().split('\n').at(-1) ?? '';
  for (const text of [stdout, lastLine]) {
    const report = Report.safeParse(parseJson(text));
    if (report.success) return report.data.checks;
  }
  return null;
}

/** What the checks say; `hold` = they do not judge the code. */
export type SuiteJudgement =
  | { kind: 'pass'; passed: number; waived: readonly SuiteCheck[] }
  | { kind: 'fail'; passed: number; failed: readonly SuiteCheck[]; waived: readonly SuiteCheck[] }
  | { kind: 'hold'; reason: string };

/** Judges checks and exit code together: an evaluator that contradicts itself, or proved nothing, is never a pass. Source: ORCH-048, ORCH-115. */
export function judgeSuite(checks: readonly SuiteCheck[], exitCode: number | null): SuiteJudgement {
  const passed = checks.filter(({ kind, ok }) => ok && kind === 'REAL').length;
  const failed = checks.filter(({ kind, ok }) => !ok && kind === 'REAL');
  const waived = checks.filter(({ kind, ok }) => !ok && kind === 'SANDBOX_INFRA');
  if (failed.length > 0) return { kind: 'fail', passed, failed, waived };
  if (passed === 0) {
    const because = waived.map(describeCheck).join('; ') || 'it has none';
    return { kind: 'hold', reason: `no check of the code was run: ${because}` };
  }
  if (exitCode !== 0 && waived.length === 0) {
    const code = exitCode ?? 'unknown';
    return { kind: 'hold', reason: `every check passed, but the suite ended with code ${code}` };
  }
  return { kind: 'pass', passed, waived };
}

/** A check in one line, for people. */
export function describeCheck({ name, detail }: SuiteCheck): string {
  return detail === '' ? name : `${name}: ${detail}`;
}
