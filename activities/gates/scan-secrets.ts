import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HostActivities } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { SecurityVerdict } from '../../workflows/domain/verdicts.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { runIdOf } from '../run-id.ts';
import { openRepository } from '../workspace/workspace.ts';
import { saveMustFix } from './must-fix.ts';
import type { SecretFinding } from './secretlint.ts';
import { findSecrets, withoutDirectives } from './secretlint.ts';

const FILES_AT_ONCE = 200;

/** Scans what base..head added or changed with rules of ours. A broken tool throws, it is neither pass nor fail. */
export async function scanSecrets(
  call: HostCall,
  input: Parameters<HostActivities['scanSecrets']>[0],
): Promise<SecurityVerdict> {
  const repository = await openRepository(call, input.task);
  const scratch = join(call.ports.runs.directoryOf(runIdOf(input.key)), 'secrets');
  await rm(scratch, { recursive: true, force: true });
  try {
    const folder = join(scratch, 'files');
    const paths = await exportChanges(repository, { ...input, folder });
    const tool = { dir: join(scratch, 'tool'), path: call.ports.path, signal: call.signal };
    const findings: SecretFinding[] = [];
    for (let first = 0; first < paths.length; first += FILES_AT_ONCE) {
      const some = paths.slice(first, first + FILES_AT_ONCE);
      findings.push(...(await findSecrets(folder, some, tool)));
    }
    return await conclude(call, input, { findings, scanned: paths.length });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function conclude(
  call: HostCall,
  input: Parameters<HostActivities['scanSecrets']>[0],
  { findings, scanned }: { findings: readonly SecretFinding[]; scanned: number },
): Promise<SecurityVerdict> {
  if (findings.length === 0) return { status: 'PASS', findings: 0, scanned, mustFixRef: null };
  const lines = findings.map(({ path, line, rule }) => `- ${path}:${line}: ${rule}`);
  const body = `Secrets were found. Remove each and read it from the environment:\n\n${lines.join('\n')}`;
  const mustFixRef = await saveMustFix(call, input, { name: 'secret-findings.md', body });
  return { status: 'FAIL', findings: findings.length, scanned, mustFixRef };
}

/** Writes the changed files of the head out, as plain files, and answers their paths. */
async function exportChanges(
  repository: Repository,
  { baseSha, workHead, folder }: { baseSha: Sha; workHead: Sha; folder: string },
): Promise<string[]> {
  const flags = ['--name-only', '-z', '--no-renames', '--diff-filter=AMT'];
  const { stdout } = await repository.run(['diff', ...flags, baseSha, workHead]);
  const paths = stdout.split('\0').filter((path) => path !== '');
  const written: string[] = [];
  for (const path of paths) {
    const text = await repository.readFile(workHead, path);
    if (text === null) continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), withoutDirectives(text));
    written.push(path);
  }
  return written;
}
