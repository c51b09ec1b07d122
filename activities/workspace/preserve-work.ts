import { access } from 'node:fs/promises';
import type { HostActivities } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { findLeakedChanges, readRunSecrets } from '../agent/agent-secrets.ts';
import { collectChanges } from '../git/collect-changes.ts';
import { commitTree, readDate, readTrailers, readTree, signatureOf } from '../git/commits.ts';
import { keepOnForge } from '../git/publish.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { runIdOf } from '../run-id.ts';
import { removeRunFolders } from '../runs/run-environment.ts';
import { branchRefOf, openRepository, preservedRefOf, workspaceOf } from './workspace.ts';

type PreserveInput = Parameters<HostActivities['preserveWork']>[0];

type Leftovers = Parameters<typeof findLeakedChanges>[1] & {
  run: NonNullable<PreserveInput['run']>;
};

/**
 * Keeps the work of a stopped task under its preserved ref: the work head, and on top of it what an open run left in the tree as
 * far as its role may write, unless it gave a secret away. Then the task branch is removed, if this life made it, and the run's
 * private folders. The run must have been killed. Safe to repeat: the same tree makes the same commit. Source: I10, I11.
 */
export async function preserveWork(call: HostCall, input: PreserveInput): Promise<{ sha: Sha }> {
  const { task, workHead } = input;
  const repository = await openRepository(call, task);
  if (!(await repository.has(workHead))) await repository.fetch();
  const sha = await commitLeftovers(call, repository, input);
  await keepOnForge(repository, preservedRefOf(task.id), sha);
  const branch = branchRefOf(task);
  const head = await repository.readRemote(branch);
  if (head !== null && (await isOfThisLife(repository, input, head))) {
    await repository.push(branch, { sha: null, lease: head });
  }
  if (input.run !== null) {
    await removeRunFolders(call.ports.runs.directoryOf(runIdOf(input.run.key)));
  }
  return { sha };
}

async function commitLeftovers(
  call: HostCall,
  repository: Repository,
  { task, workHead, run }: PreserveInput,
): Promise<Sha> {
  const { tree } = workspaceOf(task, call.ports.dataDir);
  const isThere = await access(tree).then(
    () => true,
    () => false,
  );
  if (run === null || !isThere) return workHead;
  const { id } = task;
  const { role } = run;
  const changes = await collectChanges(repository, { tree, start: workHead, role, id, ours: {} });
  if (changes.tree === (await readTree(repository, workHead))) return workHead;
  if (await hasLeaked(call, repository, { run, from: workHead, ...changes })) return workHead;
  return commitTree(repository, {
    tree: changes.tree,
    parent: workHead,
    subject: `${role}: stopped at work (${id})`,
    trailers: { refs: id, run: 'stopped', life: task.life },
    signature: signatureOf(role, await readDate(repository, workHead)),
  });
}

/** Whether a secret of the run was seen in its output, or is in what it changed. */
async function hasLeaked(
  call: HostCall,
  repository: Repository,
  { run, ...changes }: Leftovers,
): Promise<boolean> {
  const runId = runIdOf(run.key);
  const exit = await call.ports.runs.read(runId);
  if (exit !== null && exit.leaks.length > 0) return true;
  const secrets = await readRunSecrets(call, run.agent, runId);
  return (await findLeakedChanges(repository, changes, secrets)).length > 0;
}

async function isOfThisLife(
  repository: Repository,
  { task }: PreserveInput,
  head: Sha,
): Promise<boolean> {
  await repository.fetch();
  return (await readTrailers(repository, head))?.life === task.life;
}
