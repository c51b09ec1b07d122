import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { EndedRun, ProduceInput, ProduceResult } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { documentsOf } from '../../workflows/domain/ids.ts';
import type { InterruptedRun, RunSummary } from '../../workflows/domain/runs.ts';
import { PROVIDER_OF } from '../../workflows/domain/runs.ts';
import { collectChanges } from '../git/collect-changes.ts';
import { commitTree, readTree, signatureOf } from '../git/commits.ts';
import { keepOnForge, publishWork } from '../git/publish.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { runIdOf } from '../run-id.ts';
import { removeRunFolders } from '../runs/run-environment.ts';
import { findOwnCommit, putBack } from '../workspace/settle-refs.ts';
import {
  branchRefOf,
  openRepository,
  uncountedRefOf,
  workRefOf,
  workspaceOf,
} from '../workspace/workspace.ts';
import { readVerdict } from './read-verdict.ts';
import { findLeakedChanges, readRunSecrets } from './agent-secrets.ts';
import { COLLECTED } from './prepare-launch.ts';
import type { AgentRun } from './run-agent.ts';
import { runAgent } from './run-agent.ts';
import type { TaskFiles } from './write-task.ts';
import { writeTaskFiles } from './write-task.ts';

/** One produce call: the task's repository, the run and what it is told. */
interface Production {
  call: HostCall;
  repository: Repository;
  input: ProduceInput;
  runId: string;
}

const Collected = z.object({
  head: z.string().transform((sha) => sha as Sha),
  dropped: z.array(z.string()),
});
type Collected = z.infer<typeof Collected>;

type Interrupted = Extract<AgentRun['outcome'], { kind: 'interrupted' }>;
type Ended = Extract<AgentRun['outcome'], { kind: 'ended' }>;

/**
 * Runs one agent, or lets an interrupted one go on; commits what its scope allows, pushes it and reads the role's verdict. Safe to repeat at any moment: a finished
 * run is not run again, the same tree makes the same commit, and a ref that is already there counts as pushed. Of a run that ended
 * the private folders are removed: its agent keeps transcripts there. Source: I11.
 */
export async function produce(call: HostCall, input: ProduceInput): Promise<ProduceResult> {
  const result = await runAndCollect(call, input);
  const directory = call.ports.runs.directoryOf(runIdOf(input.key));
  if (result.kind === 'ended') await removeRunFolders(directory);
  return result;
}

async function runAndCollect(call: HostCall, input: ProduceInput): Promise<ProduceResult> {
  const repository = await openRepository(call, input.task);
  const runId = runIdOf(input.key);
  const production = { call, repository, input, runId };
  const done = await settleRefs(production);
  const directory = call.ports.runs.directoryOf(runId);
  const files = await writeTaskFiles(call, repository, { input, directory });
  const lost = done !== null && (await call.ports.runs.read(runId)) === null;
  const run = lost ? runOfOtherHost() : await runAgent(call, repository, { input, runId, files });
  if (run.outcome.kind === 'interrupted') return interruptedRun(production, run, run.outcome);
  const ended = { ...run, outcome: run.outcome };
  if (ended.outcome.end === 'leaked') return withoutOutput(production, ended, null);
  const collected = await collect(production, { run, files, done });
  if (typeof collected === 'string') {
    const outcome = { kind: 'ended', end: 'leaked', reason: collected } as const;
    return withoutOutput(production, { ...run, outcome }, null);
  }
  if (ended.outcome.end !== 'finished') return withoutOutput(production, ended, collected);
  const { head } = collected;
  if (head !== input.workHead) {
    await publishWork(repository, workRefOf(input.task.id), { from: input.workHead, to: head });
  }
  return {
    kind: 'ended',
    run: summaryOf(production, ended),
    workHead: head,
    branchHead: await moveBranch(production, head),
    verdict: await readVerdict({ call, repository, input, head }),
    documents: await repository.listWritten(input.workHead, head, documentsOf(input.task.id)),
    dropped: collected.dropped,
  };
}

/** Before an agent is paid: refs where the workflow knows them to be, and what an earlier attempt of this run committed. */
async function settleRefs({ repository, input, runId }: Production): Promise<Sha | null> {
  const { task, baseSha, workHead: start, branchHead: known, pushBranch } = input;
  const done = await findOwnCommit(repository, { task, runId, start, baseSha });
  if (pushBranch) {
    await putBack(repository, { task, ref: branchRefOf(task), known, baseSha, made: done });
  }
  return done;
}

function interruptedRun(
  { input: { policy }, runId }: Production,
  { usage, seconds }: AgentRun,
  { why, reason, resetsAt }: Interrupted,
): InterruptedRun {
  const provider = PROVIDER_OF[policy.agent];
  return { kind: 'interrupted', runId, why, reason, resetsAt, provider, usage, seconds };
}

function summaryOf(
  { input, runId }: Production,
  { outcome, seconds, usage }: AgentRun & { outcome: Ended },
): RunSummary {
  const { key, role } = input;
  return { runId, stage: key.stage, role, end: outcome.end, seconds, usage };
}

/** A run whose commit is on the forge while its directory is not here: only its usage is unknown. */
function runOfOtherHost(): AgentRun {
  const reason = 'finished on another host';
  const outcome = { kind: 'ended', end: 'finished', reason } as const;
  return { outcome, text: '', usage: null, seconds: 0, endedAt: '' };
}

/** The run's commit, made once: the record in the run directory outlives the tree it was made from. A text = what leaked. */
async function collect(
  production: Production,
  { run, files, done }: { run: AgentRun; files: TaskFiles; done: Sha | null },
): Promise<Collected | string> {
  const { call, repository, input, runId } = production;
  const record = join(call.ports.runs.directoryOf(runId), COLLECTED);
  const known = await readCollected(record);
  if (known !== null && (await repository.has(known.head))) return known;
  if (done !== null) return { head: done, dropped: [] };
  const { tree } = workspaceOf(input.task, call.ports.dataDir);
  const { id } = input.task;
  const { role, workHead: start } = input;
  const changes = await collectChanges(repository, { tree, start, role, id, ours: files.ours });
  const secrets = await readRunSecrets(call, input.policy.agent, runId);
  const leaks = await findLeakedChanges(repository, { from: start, ...changes }, secrets);
  if (leaks.length > 0) return `the agent left ${leaks.join(', ')} in its changes`;
  const collected = {
    head: await commitChanges(production, { run, tree: changes.tree }),
    dropped: [...changes.dropped],
  };
  await writeFile(`${record}.tmp`, JSON.stringify(collected));
  await rename(`${record}.tmp`, record);
  return collected;
}

async function commitChanges(
  { repository, input, runId }: Production,
  { run, tree }: { run: AgentRun; tree: Sha },
): Promise<Sha> {
  const { task, role, workHead } = input;
  if (tree === (await readTree(repository, workHead))) return workHead;
  return commitTree(repository, {
    tree,
    parent: workHead,
    subject: `${role}: ${input.title} (${task.id})`,
    trailers: { refs: task.id, run: runId, life: task.life },
    signature: signatureOf(role, run.endedAt),
  });
}

async function readCollected(record: string): Promise<Collected | null> {
  const text = await readFile(record, 'utf8').catch(() => null);
  return text === null ? null : Collected.parse(JSON.parse(text));
}

async function moveBranch({ repository, input }: Production, head: Sha): Promise<Sha | null> {
  const { pushBranch, branchHead, baseSha, task } = input;
  if (!pushBranch || head === baseSha || head === branchHead) return branchHead;
  await repository.push(branchRefOf(task), { sha: head, lease: branchHead });
  return head;
}

/** A run that did not finish never counts; its work, unless it leaked something, is kept under a ref of its own. */
async function withoutOutput(
  production: Production,
  run: AgentRun & { outcome: Ended },
  collected: Collected | null,
): Promise<EndedRun> {
  const { repository, input, runId } = production;
  if (collected !== null && collected.head !== input.workHead) {
    await keepOnForge(repository, uncountedRefOf(runId), collected.head);
  }
  return {
    kind: 'ended',
    run: summaryOf(production, run),
    workHead: input.workHead,
    branchHead: input.branchHead,
    verdict: { kind: 'unusable', reason: run.outcome.reason },
    documents: [],
    dropped: collected?.dropped ?? [],
  };
}
