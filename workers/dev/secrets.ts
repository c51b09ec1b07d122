import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const NAMES = [
  'forgeBot',
  'forgeGit',
  'forgeAnna',
  'forgeSecret',
  'boardSecret',
  'chatBot',
  'anna',
  'boris',
  'analyst',
  'architect',
  'developer',
  'reviewer',
  'tester',
  'deployer',
  'stream',
] as const;
const DevSecrets = z.record(z.enum(NAMES), z.string());

/** Tokens and secrets of one sandbox, made at random once and kept in its data folder (mode 0600). */
export type DevSecrets = z.infer<typeof DevSecrets>;

/** The sandbox's secrets; made when there are none. */
export async function loadDevSecrets(dataDir: string): Promise<DevSecrets> {
  const file = join(dataDir, 'secrets.json');
  try {
    return DevSecrets.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    const secrets = DevSecrets.parse(Object.fromEntries(NAMES.map((name) => [name, make(name)])));
    await writeFile(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
    return secrets;
  }
}

function make(name: (typeof NAMES)[number]): string {
  const value = randomBytes(16).toString('hex');
  return name === 'chatBot' ? `110201543:${value}` : value;
}
