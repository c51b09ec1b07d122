import type { BotRole } from '../../workflows/domain/effects.ts';
import type { Project } from '../../workflows/domain/project.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import type { Board } from './board.ts';

/** Writes a comment as a role's bot, once for each key of a life; true = it was written now. */
export async function addComment(
  board: Board,
  project: Project,
  comment: { task: TaskRef; key: string; by: BotRole; html: string },
): Promise<boolean> {
  const { task, key, by, html } = comment;
  return board.client.addComment(project.board, {
    itemId: task.itemId,
    html,
    externalId: `${task.life}:${key}`,
    by,
  });
}
