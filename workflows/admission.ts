import type { GestureVerdict } from './domain/gestures.ts';
import { needsAdmission } from './domain/lane.ts';
import type { WaitSubject } from './domain/task-state.ts';
import { awaitGesture } from './gestures.ts';
import { acquire, release } from './grants.ts';
import { change } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

/** Waits for the lane's admission unless it is held; whoever had it before rejoins first in line. Source: ORCH-088. */
export async function joinLane(ctx: TaskContext): Promise<void> {
  if (ctx.state.admission !== null) return;
  const isRejoining = ctx.state.workHead !== null;
  change(ctx, { admission: await acquire(ctx, 'admission', isRejoining) });
}

/** Joins the lane before a stage that works in it. */
export async function joinLaneFor(ctx: TaskContext): Promise<void> {
  if (needsAdmission(ctx.state)) await joinLane(ctx);
}

/** Gives the admission back; nothing to do when it is not held. */
export async function leaveLane(ctx: TaskContext): Promise<void> {
  const { admission } = ctx.state;
  if (admission === null) return;
  change(ctx, { admission: null });
  await release(ctx, admission);
}

/** Waits for a person without the lane, so that one unanswered question never costs a night. */
export async function awaitOffLane(
  ctx: TaskContext,
  on: WaitSubject,
  detail: string,
): Promise<GestureVerdict> {
  await leaveLane(ctx);
  return awaitGesture(ctx, on, detail);
}
