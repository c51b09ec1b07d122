import { htmlToText } from '../agent/html-to-text.ts';
import type { ReadDescription } from '../agent/read-description.ts';
import type { BoardClient } from '../clients/plane/client.ts';
import { PermanentError } from '../errors.ts';
import type { ProjectRegistry } from '../projects.ts';

/** Where an item's words are read from. `botIds` = user ids of all our bots, whose comments no agent needs. */
export interface DescriptionSource {
  client: BoardClient;
  registry: ProjectRegistry;
  botIds: readonly string[];
}

/** Reads title, description and what people commented. An item that is gone throws PermanentError. */
export function createReadDescription(source: DescriptionSource): ReadDescription {
  const { client, registry, botIds } = source;
  return async (task) => {
    const { board } = registry.byKey(task.project);
    const [item, comments, members] = await Promise.all([
      client.readItem(board, task.itemId),
      client.listComments(board, task.itemId),
      client.listMembers(board),
    ]);
    if (item === null) throw new PermanentError(`the board has no item ${task.id} any more`);
    const bots = new Set([...botIds, ...(await client.botIds())]);
    const names = new Map(members.map(({ id, name }) => [id, name]));
    return {
      title: item.title,
      descriptionText: htmlToText(item.descriptionHtml),
      comments: comments
        .filter(({ actorId }) => names.has(actorId) && !bots.has(actorId))
        .map(({ actorId, at, html }) => ({
          author: names.get(actorId) ?? actorId,
          at,
          text: htmlToText(html),
        })),
    };
  };
}
