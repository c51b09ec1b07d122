import { ActivityFailure, condition, sleep } from '@temporalio/workflow';
import { bookRun } from './book-run.ts';
import { onControl, onFlow, onHost } from './calls.ts';
import { stoppedRun } from './domain/interruption.ts';
import { applyDecision } from './domain/progress.ts';
import { rootMessage } from './domain/root-message.ts';
import { judgeStop } from './domain/stop.ts';
import { pauseAfter } from './domain/waits.ts';
import { comment, nextSeq, notice, sendEffects } from './effects-queue.ts';
import { settleMoney } from './money.ts';
import { change, enterWait, leaveWait, now } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

const PRESERVE_MS = 120_000;
const BILL_MS = 60_000;
/** A run is gone this soon, or its host is what is waited for. Source: I10. */
const KILL_MS = 10_000;

/** Ends a task that was told to stop and may be: nothing of it lives, nothing it made is lost. */
export async function endStopped(ctx: TaskContext): Promise<void> {
  leaveWait(ctx);
  if (judgeStop(ctx.state) === 'end-watch') {
    endWatch(ctx);
    return;
  }
  const { stage: from, title } = ctx.state;
  await insist(ctx, () => endRun(ctx));
  const sha = await insist(ctx, () => putAway(ctx));
  await insist(ctx, () => bookOpenRun(ctx));
  const at = now();
  const as = title === '' ? 'none' : 'cancelled';
  leaveWait(ctx);
  change(ctx, { ...applyDecision(ctx.state, { kind: 'end', as }, at), escalated: null });
  if (as === 'none') return;
  const reason = 'STOP';
  ctx.effects.push({ kind: 'transition', seq: nextSeq(ctx), from, to: as, at, reason });
  comment(ctx, { key: 'stopped', by: 'stream', text: { kind: 'stopped', sha } });
  notice(ctx, 'stopped', { kind: 'stopped' });
}

/** A stopped task has nowhere else to go: what is left to do is tried until it works. */
async function insist<T>(ctx: TaskContext, act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      enterWait(ctx, 'infra', `until the task can be stopped: ${rootMessage(error)}`);
      sendEffects(ctx);
      await sleep(pauseAfter(tries, ctx.policy), { summary: 'try to stop the task again' });
    }
  }
}

/** Cancelling an activity proves nothing: the run is asked after until it is dead. */
async function endRun(ctx: TaskContext): Promise<void> {
  const { lastRun, host } = ctx.state;
  if (lastRun === null || host === null) return;
  let isDead = false;
  const killed = onControl(ctx, 'end the run')
    .killRun({ key: lastRun, reason: 'STOP' })
    .then(() => void (isDead = true));
  if (!(await condition(() => isDead, KILL_MS, { summary: 'until the host is what is awaited' }))) {
    enterWait(ctx, 'host', `until host ${host} has ended the run`);
    sendEffects(ctx);
  }
  await killed;
  leaveWait(ctx);
}

/** The work under its ref; then branch and pull request have nothing left to say. Null = there was no work. */
async function putAway(ctx: TaskContext): Promise<string | null> {
  const { ref, pullRequest, workHead, host, openRun } = ctx.state;
  if (workHead === null || host === null) return null;
  if (pullRequest !== null) {
    const { number } = pullRequest;
    await onFlow(ctx, 'close the pull request').closePullRequest({ repo: ref.repo, number });
  }
  const { sha } = await onHost(ctx, 'keep the work, remove the branch', PRESERVE_MS).preserveWork({
    task: ref,
    workHead,
    run: openRun && {
      ...{ key: openRun.key, role: openRun.role },
      agent: ctx.policy.roles[openRun.role].agent,
    },
  });
  return sha;
}

/** What the run that was stopped used is booked like that of any other. */
async function bookOpenRun(ctx: TaskContext): Promise<void> {
  const { openRun: open, host, moneyRequestId: requestId } = ctx.state;
  if (open === null || host === null) return;
  const policy = ctx.policy.roles[open.role];
  const { key, continuation } = open;
  const about = { key, continuation, policy };
  const bill = await onHost(ctx, 'what the stopped run used', BILL_MS).billStoppedRun(about);
  const run = stoppedRun(open, bill);
  if (run !== null) bookRun(ctx, run);
  change(ctx, { openRun: null });
  const usd = bill.wasLaunched ? (bill.usage?.costUsd ?? null) : 0;
  await settleMoney(ctx, requestId, usd);
}

/** What landed stays; a revert is a new task. */
function endWatch(ctx: TaskContext): void {
  const notes = ['watch: ended by STOP'];
  const at = now();
  const { stage: from } = ctx.state;
  change(ctx, applyDecision(ctx.state, { kind: 'advance', to: 'done', notes }, at));
  const seq = nextSeq(ctx);
  ctx.effects.push({ kind: 'transition', seq, from, to: 'done', at, reason: 'STOP' });
  comment(ctx, { key: 'stop-too-late', by: 'stream', text: { kind: 'stop-too-late' } });
}
