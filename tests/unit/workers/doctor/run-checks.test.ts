import { expect, it } from 'vitest';
import { ok } from '../../../../workers/doctor/finding.ts';
import type { Check, Finding } from '../../../../workers/doctor/finding.ts';
import { runChecks } from '../../../../workers/doctor/run-checks.ts';
import {
  hideSecrets,
  secretsOf,
  writeFindings,
} from '../../../../workers/doctor/write-findings.ts';

const check = (name: string, look: () => Promise<readonly Finding[]>): Check => ({
  ...{ name, fix: `mend ${name}`, look },
});

it('runs all at once, answers in order, and takes a throw and a silence for problems', async () => {
  const both = Promise.withResolvers<readonly Finding[]>();
  const open: string[] = [];
  const findings = await runChecks(
    [
      check('silent', () => new Promise(() => undefined)),
      check('first', () => both.promise),
      check('second', () => {
        both.resolve([ok('first', 'waited for the second')]);
        return Promise.reject(new Error('it broke'));
      }),
    ],
    { limitMs: 300, onProgress: (names) => open.push(names.join(' ')) },
  );
  expect(findings).toEqual([
    { check: 'silent', level: 'problem', text: 'no answer within 0.3 s', fix: 'mend silent' },
    { check: 'first', level: 'ok', text: 'waited for the second', fix: null },
    { check: 'second', level: 'problem', text: 'it broke', fix: 'mend second' },
  ]);
  expect([open[0], open.at(-1)]).toEqual(['silent first second', '']);
});

it('shows no secret, whoever repeats it', () => {
  const env = {
    ORCH_PLANE_TOKEN: 'key-of-stream',
    ORCH_PLANE_WEBHOOK_SECRET: ' hook-secret ',
    ORCH_LEDGER_URL: 'postgres://orch:pass%20word@127.0.0.1/orch',
    ANTHROPIC_API_KEY: 'model-key',
    ORCH_PLANE_URL: 'http://board',
  };
  const told = Object.values(env).join(' ') + ' pass word hook-secret';
  const [found] = hideSecrets(
    [{ check: 'c', level: 'problem', text: told, fix: told }],
    secretsOf(env),
  );
  for (const text of [found?.text, found?.fix]) {
    expect(text).not.toMatch(/key-of-stream|hook-secret|pass word|model-key/);
    expect(text).toContain('http://board');
  }
});

it('writes a line each in a pipe, with what to do', () => {
  const lines: string[] = [];
  const paper = {
    ...{ isTerminal: false, styled: (_: unknown, text: string) => text },
    write: (line: string) => lines.push(line),
  };
  writeFindings(paper, [
    ok('git', '2.39.5'),
    { check: 'board', level: 'problem', text: 'no\ngesture', fix: 'make it' },
  ]);
  expect(lines).toEqual(['ok\tgit\t2.39.5\t', 'problem\tboard\tno gesture\tmake it']);
});
