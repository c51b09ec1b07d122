import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { taskWorkflowId, view } from '../../workflows/contract.ts';
import { toTaskId } from '../../workflows/domain/ids.ts';
import type { TaskId } from '../../workflows/domain/ids.ts';
import type { TaskView } from '../../workflows/domain/task-state.ts';
import type { BoardPerson, Wish } from './person.ts';

const LOOK_MS = 250;
const ENDS = new Set<string>(['done', 'cancelled', 'refused', 'none']);

/** A task from wish to end, as seen from outside. `boardState` is what the board shows afterwards. */
export interface PlayedTask {
  id: TaskId;
  itemId: string;
  view: TaskView;
  boardState: string;
}

/** What the play needs: somebody at the board, a look at the task, an ear for progress. */
export interface Stage {
  person: BoardPerson;
  client: Client;
  prefix: string;
  /** called whenever stage or wait changed */
  onProgress: (view: TaskView) => void;
  limitMs: number;
  signal: AbortSignal;
}

/** Creates the item, says To Analyse, and does the person's part until the task ends. Throws when it does not end in time. */
export async function playTask(stage: Stage, wish: Wish): Promise<PlayedTask> {
  const { person, prefix, limitMs, signal } = stage;
  const { itemId, sequence } = await person.create(wish);
  const id = toTaskId(`${prefix}-${sequence}`);
  await person.move(itemId, 'To Analyse');
  const deadline = Date.now() + limitMs;
  const said = new Set<string>();
  const tell = teller(stage.onProgress);
  for (;;) {
    const seen = await look(stage.client, id);
    if (seen !== null) {
      tell(seen);
      if (ENDS.has(seen.stage)) {
        return { id, itemId, view: seen, boardState: await settledState(person, itemId) };
      }
      if (seen.escalated !== null) throw new Error(`${id} escalated: ${seen.escalated}`);
      await doPersonsPart({ person, itemId, seen, said });
    }
    if (Date.now() > deadline) throw new Error(`${id} did not end within ${limitMs / 1000} s`);
    await pause(LOOK_MS, undefined, { signal });
  }
}

/** Passes a view on when its stage or wait differs from the one before. */
function teller(onProgress: (view: TaskView) => void): (view: TaskView) => void {
  let shown = '';
  return (seen) => {
    const text = [seen.stage, seen.wait?.on, seen.wait?.detail].join(' ');
    if (text !== shown) onProgress(seen);
    shown = text;
  };
}

/** The task as its workflow tells it; null until it has one that answers. */
async function look(client: Client, id: TaskId): Promise<TaskView | null> {
  try {
    return await client.workflow.getHandle(taskWorkflowId(id)).query(view);
  } catch {
    return null;
  }
}

/** Says what the board asks for, once each time it asks. */
async function doPersonsPart(about: {
  person: BoardPerson;
  itemId: string;
  seen: TaskView;
  said: Set<string>;
}): Promise<void> {
  const { person, itemId, seen, said } = about;
  const on = seen.wait?.on;
  if (on !== 'approval' && on !== 'confirmation') return;
  const key = `${on} ${seen.wait?.since ?? ''}`;
  const [asks, says] =
    on === 'approval' ? ['In Review', 'Approved'] : ['Awaiting Deploy', 'Confirm Deploy'];
  if (said.has(key) || (await person.stateOf(itemId)) !== asks) return;
  said.add(key);
  await person.move(itemId, says);
}

/** The workflow is done a moment before it closes; the board already shows its last status then. */
async function settledState(person: BoardPerson, itemId: string): Promise<string> {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const state = await person.stateOf(itemId);
    if (state === 'Done') return state;
    await pause(LOOK_MS);
  }
  return person.stateOf(itemId);
}
