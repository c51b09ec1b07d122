/*
 * The one gate, the same for a person and in CI: every step runs, the summary says which failed and how long each took.
 * CHECK_TEST_REPORT=<file> also writes vitest's JSON report, for a caller that wants the counts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const LAYERS = ['workflows', 'activities', 'api', 'workers', 'infra', 'tests'].filter(existsSync);
const report = process.env.CHECK_TEST_REPORT;
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];

const STEPS = [
  ['types', 'tsc', ['--noEmit']],
  ['lint', 'eslint', ['--max-warnings=0', '.']],
  ['layers', 'depcruise', LAYERS],
  ['knip', 'knip', []],
  ['format', 'prettier', ['--check', '--log-level=warn', '.']],
  ['tests', 'vitest', ['run', ...(report ? reporters : [])]],
];

function runStep([name, command, args]) {
  console.log(`\n== ${name}: ${command} ${args.join(' ')}`);
  const startedAt = Date.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  return { name, ok: status === 0, seconds };
}

const results = STEPS.map(runStep);
const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);

console.log('');
for (const { name, ok, seconds } of results) {
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(7)} ${seconds} s`);
}
console.log(failed.length === 0 ? '\ncheck passed' : `\ncheck failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
