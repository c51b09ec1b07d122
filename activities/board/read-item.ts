import type { BoardItem } from '../../workflows/domain/board-item.ts';
import type { Project } from '../../workflows/domain/project.ts';
import { ourNameOf } from '../../workflows/domain/status-names.ts';
import type { BoardWorkItem } from '../clients/plane/client.ts';
import type { Board } from './board.ts';

/** The item with its state log and the people who may act; state names are ours where an alias says so. Null = no such item. */
export async function readItem(
  board: Board,
  project: Project,
  itemId: string,
): Promise<BoardItem | null> {
  // The item before its log: a state newer than the log is noticed, a log newer than the state is not.
  const item = await board.client.readItem(project.board, itemId);
  if (item === null) return null;
  const [changes, members, bots] = await Promise.all([
    board.client.listStateChanges(project.board, itemId),
    board.members(project.board),
    board.client.botIds(),
  ]);
  const humanIds = members.map((member) => member.id).filter((id) => !bots.has(id));
  const nameOf = (id: string) => members.find((member) => member.id === id)?.name ?? id;
  return {
    title: item.title,
    hasDescription: hasText(item),
    labels: item.labels,
    stateName: ourNameOf(item.state.name, project.statusAliases),
    stateGroup: item.state.group,
    priority: item.priority,
    createdById: item.createdById,
    entries: changes.map((change) => ({
      id: change.id,
      at: change.at,
      actorId: change.actorId,
      actorName: nameOf(change.actorId),
      to: ourNameOf(change.to, project.statusAliases),
    })),
    humanIds,
    approverIds: approversOf(project, humanIds),
  };
}

/** A former member or a bot on the list approves nothing. */
function approversOf(project: Project, humanIds: readonly string[]): readonly string[] {
  if (project.approverIds.length === 0) return humanIds;
  return project.approverIds.filter((id) => humanIds.includes(id));
}

function hasText({ descriptionHtml }: BoardWorkItem): boolean {
  const text = descriptionHtml.replace(/<[^>]*>|&nbsp;/g, '').trim();
  return text !== '' || /<img\b/i.test(descriptionHtml);
}
