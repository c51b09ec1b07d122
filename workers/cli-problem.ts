/** Exit codes of `orch`; `orch --help` names them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unknown: 3 } as const;

/** Ends the CLI with one message: what was given, what is wrong with it, what to do. */
export class CliProblem extends Error {
  override name = 'CliProblem';
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
