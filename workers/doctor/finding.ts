/** How good something is: `problem` = it does not work, `warning` = it works and should not stay so. */
export type Level = 'ok' | 'warning' | 'problem';

/** One line of the doctor; `fix` null = nothing is to be done. */
export interface Finding {
  check: string;
  level: Level;
  text: string;
  fix: string | null;
}

/** Something to look at. What it throws is a problem, with `fix` as what to do. */
export interface Check {
  name: string;
  fix: string;
  look: () => Promise<readonly Finding[]>;
}

/** All is well. */
export const ok = (check: string, text: string): Finding => ({
  ...{ check, level: 'ok', text, fix: null },
});

/** It works and should not stay so. */
export const warning = (check: string, text: string, fix: string): Finding => ({
  ...{ check, level: 'warning', text, fix },
});

/** It does not work. */
export const problem = (check: string, text: string, fix: string): Finding => ({
  ...{ check, level: 'problem', text, fix },
});
