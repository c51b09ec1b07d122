import type { BotRole } from '../../workflows/domain/effects.ts';
import type { Project } from '../../workflows/domain/project.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { HttpStatusError } from '../errors.ts';
import type { Board } from './board.ts';

/** Writes a comment as a role's bot, once for each key of a life; true = it was written now. An item that is gone gets none. */
export async function addComment(
  board: Board,
  project: Project,
  comment: { task: TaskRef; key: string; by: BotRole; html: string },
): Promise<boolean> {
  const { task, key, by, html } = comment;
  const { itemId } = task;
  try {
    return await board.client.addComment(project.board, {
      itemId,
      html,
      externalId: `${task.life}:${key}`,
      by,
    });
  } catch (error) {
    const isGone = error instanceof HttpStatusError && error.status === 404;
    if (!isGone || (await board.client.readItem(project.board, itemId)) !== null) throw error;
    board.log.warn({ task: task.id, key }, 'the item of a comment is gone');
    return false;
  }
}
