import { CliProblem, EXIT } from '../cli-problem.ts';
import { chooseChecks, PROCESSES } from '../doctor/choose-checks.ts';
import type { ProcessName } from '../doctor/choose-checks.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { hideSecrets, secretsOf, writeFindings } from '../doctor/write-findings.ts';
import { paperOf } from '../report/columns.ts';

/** Options of `orch doctor`. `process` = whose settings and surroundings; none = all of them. */
export interface DoctorOptions {
  process: readonly string[];
  json?: boolean;
}

const LIMIT_MS = 20_000;

/** Looks at everything the processes stand on and says how to mend what is wrong. Answers 1 when there is a problem, else 0. */
export async function doctor({ process: names, json }: DoctorOptions): Promise<number> {
  const { env, stdout } = process;
  const { findings: known, checks } = chooseChecks(env, readProcesses(names));
  const progress = createProgress();
  const found = await runChecks(checks, { limitMs: LIMIT_MS, onProgress: progress });
  const findings = hideSecrets([...known, ...found], secretsOf(env));
  const isWell = findings.every(({ level }) => level !== 'problem');
  if (json === true) stdout.write(`${JSON.stringify({ ok: isWell, findings }, null, 2)}\n`);
  else writeFindings(paperOf(stdout), findings);
  return isWell ? EXIT.ok : EXIT.failed;
}

function readProcesses(names: readonly string[]): readonly ProcessName[] {
  const unknown = names.find((name) => !(PROCESSES as readonly string[]).includes(name));
  if (unknown !== undefined) {
    const known = PROCESSES.join(', ');
    throw new CliProblem(EXIT.usage, `there is no process "${unknown}"; there are ${known}`);
  }
  return names.length === 0 ? PROCESSES : (names as readonly ProcessName[]);
}

/** Says on a terminal what is still looked at, on one line that is gone in the end. */
function createProgress(): (open: readonly string[]) => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => undefined;
  return (open) => {
    const names = open.slice(0, 3).join(', ');
    const more = open.length > 3 ? ', ...' : '';
    stderr.write(`\r\u001B[K${open.length === 0 ? '' : `${open.length} to go: ${names}${more}`}`);
  };
}
