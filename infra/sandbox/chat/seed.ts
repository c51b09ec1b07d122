import { z } from 'zod';
import type { Chats } from './records.ts';

const FIRST_BOT_ID = 7_000_000_001;

const ChatSeed = z.object({
  bots: z.array(z.object({ token: z.string(), username: z.string() })).default([]),
  chats: z.array(z.object({ id: z.coerce.number().int(), title: z.string() })).default([]),
  limits: z
    .object({
      perSecond: z.number().int().min(1).nullable(),
      perChatPerMinute: z.number().int().min(1).nullable(),
    })
    .partial()
    .optional(),
});

/** Adds the bots and chats that are missing and renames those known by token or id. Throws ZodError on nonsense. */
export function seedChats(chats: Chats, section: unknown): void {
  const seed = ChatSeed.parse(section);
  for (const { token, username } of seed.bots) {
    const known = chats.bots.find((bot) => bot.token === token);
    if (known === undefined)
      chats.bots.push({ id: botIdOf(token) ?? FIRST_BOT_ID + chats.bots.length, token, username });
    else known.username = username;
  }
  for (const { id, title } of seed.chats) {
    const known = chats.chats.find((chat) => chat.id === id);
    if (known === undefined) chats.chats.push({ id, title, lastMessageId: 0 });
    else known.title = title;
  }
  const { perSecond, perChatPerMinute } = seed.limits ?? {};
  if (perSecond !== undefined) chats.limits.perSecond = perSecond;
  if (perChatPerMinute !== undefined) chats.limits.perChatPerMinute = perChatPerMinute;
}

function botIdOf(token: string): number | null {
  const [, id] = /^(\d+):/.exec(token) ?? [];
  return id === undefined ? null : Number(id);
}
