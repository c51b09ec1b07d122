import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Machine, fakeTemporal } from './machine.ts';

const lockFile = JSON.stringify({
  packages: {
    '': { name: 'checkout' },
    'node_modules/zod': { version: '4.0.0' },
    'node_modules/for-another-platform': { version: '1.0.0', optional: true },
  },
});

/** An npm that writes down how it was called, takes the lock file as installed and gives the project its Node. */
const fakeNpm = `#!/bin/sh
echo "$@" >> ../npm-calls
mkdir -p node_modules/.bin
echo '{"packages":{"node_modules/zod":{"version":"4.0.0"}}}' > node_modules/.package-lock.json
: > node_modules/.bin/node
`;

describe('bringing node_modules in line with the lock file', () => {
  let machine: Machine;

  beforeEach(() => {
    machine = new Machine();
    machine.addScript('temporal', fakeTemporal('1.8.2'));
    machine.addScript('npm', fakeNpm);
    writeFileSync(join(machine.checkout, 'package-lock.json'), lockFile);
  });

  afterEach(async () => {
    await machine[Symbol.asyncDispose]();
  });

  it('installs with npm ci when nothing is there, development packages too whatever NODE_ENV says', async () => {
    const { code, stdout, stderr } = await machine.run([], { NODE_ENV: 'production' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('installing packages (npm ci)');
    expect(machine.read('npm-calls')).toMatch(/^ci --include=dev /);
  });

  it('does nothing and says nothing the second time', async () => {
    await machine.run([]);
    const second = await machine.run([]);
    expect(second).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(machine.read('npm-calls').trim().split('\n')).toHaveLength(1);
  });

  it('installs again when the lock file asks for another version', async () => {
    await machine.run([]);
    writeFileSync(join(machine.checkout, 'package-lock.json'), lockFile.replace('4.0.0', '4.0.1'));
    const { code, stderr } = await machine.run([]);
    expect(machine.read('npm-calls').trim().split('\n')).toHaveLength(2);
    expect(code).toBe(1);
    expect(stderr).toContain('npm ci failed');
  });

  it('tells what npm answered when it fails', async () => {
    machine.addScript('npm', '#!/bin/sh\necho "no such registry" >&2\nexit 1\n');
    const { code, stderr } = await machine.run([]);
    expect(code).toBe(1);
    expect(stderr).toContain('no such registry');
  });

  it('writes down where the Temporal CLI is, for the processes of the app', async () => {
    await machine.run([]);
    const record = machine.read('checkout/node_modules/.cache/orchestrator/temporal-cli-path');
    expect(record).toBe(`${join(machine.bin, 'temporal')}\n`);
  });

  it('names every missing tool and its package before it touches anything', async () => {
    const { code, stderr } = await machine.run([], { PATH: machine.bin });
    expect(code).toBe(1);
    expect(stderr).toContain('missing: git, bash, flock, setpriv, tar');
    expect(stderr).toContain('apt-get install git bash util-linux tar');
    expect(existsSync(join(machine.checkout, 'node_modules'))).toBe(false);
  });
});
