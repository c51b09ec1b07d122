import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { forgeChanged, laneAnswered } from '../../workflows/contract.ts';
import type { LaneAnswer } from '../../workflows/domain/lane.ts';

export { repoLane } from '../../workflows/repo-lane.ts';

/** What a lane told a requester so far. */
export interface Heard {
  answers: LaneAnswer[];
  hints: number;
}

export const heard = defineQuery<Heard>('heard');
export const leave = defineSignal('leave');

/** Stands in for a task: takes what the lane sends and says nothing by itself. */
export async function requester(): Promise<void> {
  const memory: Heard = { answers: [], hints: 0 };
  let isOver = false;
  setHandler(laneAnswered, (answer) => void memory.answers.push(answer));
  setHandler(forgeChanged, () => void (memory.hints += 1));
  setHandler(leave, () => void (isOver = true));
  setHandler(heard, () => memory);
  await condition(() => isOver);
}
