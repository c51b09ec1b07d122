import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hintAtSandbox, writeEnvFile } from '../../../../workers/dev/env-file.ts';
import { ConfigurationError, EnvReader } from '../../../../workers/env-reader.ts';

it('settings that are not set hint at the sandbox, once its settings are there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orch-env-file-'));
  const dataDir = join(folder, '.data/dev');
  await mkdir(dataDir, { recursive: true });
  const reader = new EnvReader<'ORCH_X'>({});
  reader.required('ORCH_X', 'something');
  const finish = () => {
    reader.finish('The configuration', () => hintAtSandbox(folder));
  };
  expect(finish).toThrow(
    new ConfigurationError('The configuration', ['ORCH_X is not set: something']),
  );
  await writeEnvFile(dataDir, {});
  expect(finish).toThrow(/not set: something\nA sandbox is there: .* --env \.data\/dev\/env$/);
  await rm(folder, { recursive: true });
});
