import { describe, expect, it } from 'vitest';
import { failedAlike, readTestOutput, tailOf } from '../../../../activities/gates/test-output.ts';

describe('the output of a test command', () => {
  it.each([
    ['node:test', '✔ a (1ms)\nℹ pass 3\nℹ fail 1\n', 3, 1],
    ['TAP', 'ok 1 - a\n# pass 2\n# fail 0\n', 2, 0],
    ['vitest', '\u001B[2m      Tests \u001B[22m \u001B[31m1 failed\u001B[39m | 4 passed (5)', 4, 1],
    ['jest', 'Tests:       1 failed, 2 passed, 3 total', 2, 1],
    ['mocha', '  5 passing (20ms)\n  1 failing\n', 5, 1],
    ['pytest', '==== 1 failed, 7 passed in 0.12s ====', 7, 1],
    ['two suites', '# pass 2\n# fail 0\n...\n# pass 3\n# fail 1\n', 5, 1],
    ['no summary', 'all is well', null, null],
  ])('%s is counted', (_, output, ...[passed, failed]) => {
    expect(readTestOutput(output)).toMatchObject({ passed, failed });
  });

  it.each(['\n', ' ', '/', '=', '✖', '✖ /a', 'Tests ', '1 ', '\u001B[', '= '])(
    'of nothing but %j is read in time',
    (piece) => {
      expect(readTestOutput(`✖ ${piece.repeat(200_000)}`).failed).toBeNull();
    },
  );

  it('is cut to its end and carries no control characters', () => {
    const tail = tailOf(`${'x'.repeat(20_000)}\u001B[31mred\u0007\u001B[0m\tend\n\n`);
    expect(tail.length).toBeLessThan(12_100);
    expect(tail.endsWith('xred\tend')).toBe(true);
  });
});

describe('ORCH-109: two red runs', () => {
  const run = (output: string, exitCode = 1) => ({ counts: readTestOutput(output), exitCode });

  it('failed alike when the same tests did, however long they took and wherever they ran', () => {
    const first = run('not ok 1 - adds (12ms)\n✖ /tmp/a1/x.test.js (3.5ms)');
    const second = run('✖ /tmp/b2/x.test.js (4ms)\nnot ok 2 - adds (1.2ms)');
    expect(failedAlike(first, second)).toBe(true);
  });

  it('failed differently when other tests did, or the exit code differs', () => {
    expect(failedAlike(run('not ok 1 - adds'), run('not ok 1 - removes'))).toBe(false);
    expect(failedAlike(run('not ok 1 - adds'), run(''))).toBe(false);
    expect(failedAlike(run(''), run('', 2))).toBe(false);
  });

  it('that say nothing recognisable are alike by their exit code', () => {
    expect(failedAlike(run('boom'), run('bang'))).toBe(true);
  });
});
