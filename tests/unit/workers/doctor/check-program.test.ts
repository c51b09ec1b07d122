import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkProgram, isOlder } from '../../../../workers/doctor/check-program.ts';
import type { WantedProgram } from '../../../../workers/doctor/check-program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orch-doctor-'));
  await write('old', 'echo "1.9.9 (Tool)"');
  await write('new', 'echo "1.10.0 (Tool)"');
  await write('vague', 'echo "a fine tool"');
  await write('broken', 'echo "libfoo is missing" >&2; exit 3');
  await write('curious', 'env | sort | cut -d= -f1 | tr "\\n" " "');
  await writeFile(join(folder, 'not-executable'), '#!/bin/sh\n');
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

const check = (name: string, change: Partial<WantedProgram> = {}) =>
  checkProgram({
    ...{ check: 'agent', command: [name], path: [folder, '/usr/bin', '/bin'].join(delimiter) },
    ...{ versionArgs: ['--version'], minimum: '1.10', fix: 'install it' },
    ...change,
  });

describe('a program that will be run', () => {
  it.for<[string, string, string]>([
    ['new', 'ok', '1.10.0 (Tool)'],
    ['old', 'problem', 'too old: 1.10 is needed'],
    ['vague', 'warning', 'version is not known'],
    ['broken', 'problem', '--version: exit code 3: libfoo is missing'],
    ['missing', 'problem', 'is not on PATH'],
    ['not-executable', 'problem', 'is not on PATH'],
  ])('%s is %s', async ([name, level, text]) => {
    const found = await check(name);
    expect(found).toMatchObject({ level, text: expect.stringContaining(text) as string });
    expect(found.fix).toBe(level === 'ok' ? null : 'install it');
  });

  it('is asked with nothing of our environment', async () => {
    process.env['ORCH_CANARY'] = 'x';
    const { text } = await check('curious', { minimum: null });
    expect(text).toMatch(/^HOME LANG PATH /);
    expect(text).not.toContain('ORCH_CANARY');
  });

  it('that cannot say its version only has to be there', async () => {
    expect(await check('broken', { versionArgs: null })).toMatchObject({ level: 'ok' });
  });
});

it.for([
  ['2.9', '2.31', true],
  ['2.39.5', '2.31', false],
  ['2.31', '2.31.0', true],
  ['2.31.0', '2.31', false],
  ['1.9.9', '1.10.0', true],
])('%s before %s: %s', ([a, b, older]) => {
  expect(isOlder(String(a), String(b))).toBe(older);
});
