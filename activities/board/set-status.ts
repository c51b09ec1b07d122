import type { BoardStatus } from '../../workflows/domain/effects.ts';
import type { Project } from '../../workflows/domain/project.ts';
import { mayReplace, stateFor } from '../../workflows/domain/status-names.ts';
import { HttpStatusError, ToolError } from '../errors.ts';
import type { Board } from './board.ts';

/** What became of a status write: nothing was written in every case but `written`. */
export type StatusAnswer = 'written' | 'same' | 'terminal' | 'no-item' | 'no-state';

/** Shows `status` on the item, after reading what it shows now. Source: I14. */
export async function setStatus(
  board: Board,
  project: Project,
  change: { itemId: string; status: BoardStatus },
): Promise<StatusAnswer> {
  const item = await board.client.readItem(project.board, change.itemId);
  if (item === null) return 'no-item';
  if (!mayReplace(item.state, change.status, project.statusAliases)) return 'terminal';
  const states = await board.states(project.board);
  const state = stateFor(change.status, states, project.statusAliases);
  if (state === null) {
    board.log.warn({ project: project.key, status: change.status }, 'the board lacks a status');
    return 'no-state';
  }
  if (state.id === item.state.id) return 'same';
  await writeState(board, project, { itemId: change.itemId, stateId: state.id });
  return 'written';
}

async function writeState(
  board: Board,
  project: Project,
  { itemId, stateId }: { itemId: string; stateId: string },
): Promise<void> {
  try {
    await board.client.setState(project.board, itemId, stateId);
  } catch (error) {
    if (!(error instanceof HttpStatusError) || error.status !== 400) throw error;
    board.forgetStates(project.board);
    throw new ToolError(`the board refused a state of ${project.key}; its states are read anew`);
  }
}
