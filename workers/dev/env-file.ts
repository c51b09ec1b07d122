import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes the settings of a stack to `<dataDir>/env` (mode 0600), for `orch --env FILE`; answers the file's path. */
export async function writeEnvFile(
  dataDir: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const file = join(dataDir, 'env');
  const lines = Object.entries(env)
    .filter(([name]) => name.startsWith('ORCH_'))
    .map(([name, value]) => `${name}='${value}'\n`);
  await writeFile(file, lines.join(''), { mode: 0o600 });
  return file;
}
