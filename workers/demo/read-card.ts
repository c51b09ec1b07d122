import { z } from 'zod';

const Chats = z.object({
  messages: z.array(
    z.object({
      chatId: z.number(),
      messageId: z.number(),
      versions: z.array(z.object({ text: z.string() })).min(1),
    }),
  ),
});

/** A task's live card as the chat shows it. */
export interface Card {
  text: string;
  url: string;
}

/** The card of task `id` in the sandbox's chat: the one message about it that was edited. Null = there is none. */
export async function readCard(chat: string, id: string): Promise<Card | null> {
  const answer = await fetch(`${chat}/_sandbox/state`, { signal: AbortSignal.timeout(10_000) });
  const { messages } = Chats.parse(await answer.json());
  const card = messages.find(
    ({ versions }) => versions.length > 1 && versions[0]?.text.startsWith(`${id} `),
  );
  const text = card?.versions.at(-1)?.text;
  if (!card || text === undefined) return null;
  return { text, url: `${chat}/chats/${card.chatId}/messages/${card.messageId}` };
}
