import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataChecks } from '../../../../workers/doctor/data-checks.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orch-data-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function findings(dataDir: string) {
  return (await Promise.all(dataChecks(dataDir).map(({ look }) => look()))).flat();
}

describe('the data directory', () => {
  it('is well when it is ours, and when it is still to be made', async () => {
    await mkdir(join(folder, 'runs/one'), { recursive: true });
    expect((await findings(folder))[0]).toMatchObject({ level: 'ok' });
    const [made] = await findings(join(folder, 'not/yet'));
    expect(made).toMatchObject({
      level: 'ok',
      text: expect.stringContaining('can be made') as string,
    });
  });

  it.runIf(process.geteuid?.() === 0)(
    'ORCH-057: names what belongs to somebody else and the command that mends it',
    async () => {
      await mkdir(join(folder, 'clones'));
      await writeFile(join(folder, 'clones/theirs'), '');
      await chown(join(folder, 'clones/theirs'), 4242, 4242);
      expect((await findings(folder))[0]).toEqual({
        check: 'data directory',
        level: 'problem',
        text: `somebody else owns ${folder}/clones/theirs`,
        fix: `chown -R 0:0 ${folder}`,
      });
    },
  );

  it('says how full its disk is, also before it is made', async () => {
    const disks = (await findings(join(folder, 'not/yet'))).filter(({ check }) =>
      check.startsWith('disk of'),
    );
    expect(disks.map(({ text }) => text)).toEqual(
      disks.map(() => expect.stringMatching(/^[\d.]+ GiB free, \d+ % used$/) as string),
    );
    expect(disks.length).toBeGreaterThan(0);
  });
});
