import { rm } from 'node:fs/promises';
import type { HostActivities } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { documentsOf, toSha } from '../../workflows/domain/ids.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { lockIsFree } from '../file-lock.ts';
import { ToolError } from '../errors.ts';
import { commitTree, putFiles, readDate, readTrailers, signatureOf } from '../git/commits.ts';
import { keepOnForge } from '../git/publish.ts';
import type { Repository } from '../git/repository.ts';
import { withIndex } from '../git/scratch-index.ts';
import type { HostCall } from '../host-ports.ts';
import { MAIN_REF } from './prepare-workspace.ts';
import {
  branchRefOf,
  evidenceRefOf,
  openRepository,
  preservedRefOf,
  workRefOf,
  workspaceOf,
} from './workspace.ts';

type CloseInput = Parameters<HostActivities['closeWorkspace']>[0];

const LOCK_WAIT_MS = 5000;

/**
 * Keeps the evidence, and work that did not land, under their refs; then removes the clone, the work ref, and the task branch
 * when main has all of it. Safe to repeat. Throws ToolError while something still works in the tree.
 */
export async function closeWorkspace(call: HostCall, input: CloseInput): Promise<void> {
  const { task } = input;
  const repository = await openRepository(call, task);
  const work = workRefOf(task.id);
  const branch = branchRefOf(task);
  const evidence = evidenceRefOf(task.id);
  const preserved = preservedRefOf(task.id);
  const heads = await repository.listRemote([MAIN_REF, work, branch, evidence, preserved]);
  await repository.fetch([work, evidence, preserved].filter((ref) => heads.has(ref)));
  await keepEvidence(call, repository, { input, known: heads.get(evidence) ?? null });
  await removeClone(call, task);
  await preserveWork(repository, task, heads);
  const [main, head] = [heads.get(MAIN_REF), heads.get(branch)];
  if (main !== undefined && head !== undefined && (await repository.isAncestor(head, main))) {
    await repository.push(branch, { sha: null, lease: head });
  }
}

/** The evidence of all lives of a task is one chain of commits. */
async function keepEvidence(
  call: HostCall,
  repository: Repository,
  { input, known }: { input: CloseInput; known: Sha | null },
): Promise<void> {
  const { task } = input;
  const files: Record<string, string> = {};
  for (const { document, documentId } of input.evidence) {
    const kept = await call.ports.documents.read(documentId);
    if (kept !== null) files[`${documentsOf(task.id)}/${document}`] = kept.body;
  }
  if (Object.keys(files).length === 0) return;
  if (known !== null && (await readTrailers(repository, known))?.life === task.life) return;
  const tree = await withIndex(repository, null, async (indexFile) => {
    await putFiles(repository, indexFile, files);
    return toSha(await repository.line(['write-tree'], { indexFile }));
  });
  const date = await readDate(repository, toSha(await readMainCommit(repository)));
  const sha = await commitTree(repository, {
    tree,
    parent: known,
    subject: `evidence: ${task.id}`,
    trailers: { refs: task.id, run: 'evidence', life: task.life },
    signature: signatureOf('stream', date),
  });
  await repository.push(evidenceRefOf(task.id), { sha, lease: known });
}

const readMainCommit = (repository: Repository) =>
  repository.line(['rev-parse', 'refs/remotes/origin/main']);

async function removeClone(call: HostCall, task: TaskRef): Promise<void> {
  const { folder, lock } = workspaceOf(task, call.ports.dataDir);
  if (!(await isFree(lock))) throw new ToolError(`something still works in the tree of ${task.id}`);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function isFree(lock: string): Promise<boolean> {
  try {
    return await lockIsFree(lock, LOCK_WAIT_MS);
  } catch {
    // flock cannot open a lock in a folder that is already removed.
    return true;
  }
}

/** Another life's work is not ours to move; a ref that main contains holds nothing that is not landed. */
async function preserveWork(
  repository: Repository,
  task: TaskRef,
  heads: ReadonlyMap<string, Sha>,
): Promise<void> {
  const ref = workRefOf(task.id);
  const [head, main] = [heads.get(ref), heads.get(MAIN_REF)];
  if (head === undefined) return repository.keep(ref, null);
  const landed = main !== undefined && (await repository.isAncestor(head, main));
  if (!landed) {
    if ((await readTrailers(repository, head))?.life !== task.life) return;
    const kept = heads.get(preservedRefOf(task.id));
    const isKept = kept !== undefined && (await repository.isAncestor(head, kept));
    if (!isKept) await keepOnForge(repository, preservedRefOf(task.id), head);
  }
  await repository.push(ref, { sha: null, lease: head });
  await repository.keep(ref, null);
}
