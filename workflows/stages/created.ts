import { sleep } from '@temporalio/workflow';
import { onAnyHost, onFlow, onHost } from '../calls.ts';
import type { StageOutcome } from '../domain/decide.ts';
import { checkEntry, trackOf } from '../domain/entry-check.ts';
import { findStart, logLags } from '../domain/gestures.ts';
import { started } from '../domain/progress.ts';
import { comment, sendEffects } from '../effects-queue.ts';
import { joinLane } from '../admission.ts';
import { change, now } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';

const LAG_TRIES = 6;
const LAG_MS = 150;

/** Intake: is there a start, is the item fit to start, is it this task's turn; then the branch is cut from fresh main. */
export async function created(ctx: TaskContext): Promise<StageOutcome> {
  if (ctx.state.title === '') {
    const refusal = await readStart(ctx);
    if (refusal !== null) return refusal;
  }
  sendEffects(ctx);
  await joinLane(ctx);
  const task = ctx.state.ref;
  if (ctx.state.host === null) {
    const { host, agentSlots } = await onAnyHost(ctx).claimWorkspace({ task });
    change(ctx, { host, hostSlots: { count: agentSlots, saidAt: now() } });
  }
  const tree = await onHost(ctx, 'cut the branch from fresh main', PREPARE_MS).prepareWorkspace({
    task,
  });
  change(ctx, tree);
  return { kind: 'pass', notes: [] };
}

const PREPARE_MS = 300_000;

/** Finds the start and checks the item; null = go on. */
async function readStart(ctx: TaskContext): Promise<StageOutcome | null> {
  const { ref, startEntryAt } = ctx.state;
  for (let attempt = 0; attempt < LAG_TRIES; attempt += 1) {
    const item = await onFlow(ctx, 'what is asked for').readItem(ref);
    if (item === null) return { kind: 'ended', as: 'none' };
    const entry = findStart(item, startEntryAt);
    if (entry !== null) {
      ctx.state = started(ctx.state, {
        item,
        entry,
        track: trackOf(item, ctx.policy.labels.bug),
      });
      const problems = checkEntry(item);
      if (problems.length === 0) return null;
      comment(ctx, {
        key: 'entry-check',
        by: 'stream',
        text: { kind: 'entry-check-failed', problems },
      });
      return { kind: 'ended', as: 'refused' };
    }
    if (!logLags(item)) return { kind: 'ended', as: 'none' };
    await sleep(LAG_MS * 2 ** attempt, { summary: 'the activity log lags behind the state' });
  }
  return { kind: 'ended', as: 'none' };
}
