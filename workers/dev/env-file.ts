import { existsSync } from 'node:fs';
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

const DEV_ENV_FILE = join('.data', 'dev', 'env');

/** What to do about settings that are not set in a folder where `orch dev` wrote its own; null = it did not. */
export const hintAtSandbox = (folder: string): string | null =>
  existsSync(join(folder, DEV_ENV_FILE))
    ? `A sandbox is there: to look at it, use --env ${DEV_ENV_FILE}`
    : null;
