import type { Entity } from './parse-entities.ts';

/** What the chat keeps. */
export interface Chats {
  bots: Bot[];
  chats: Chat[];
  messages: Message[];
  limits: Limits;
  /** Added to the real time, so that a test can age messages. */
  clockOffsetMs: number;
}

export interface Bot {
  id: number;
  token: string;
  username: string;
}

export interface Chat {
  id: number;
  title: string;
  lastMessageId: number;
}

/** Calls allowed before 429; null means no limit. Edits count as sends. */
export interface Limits {
  perSecond: number | null;
  perChatPerMinute: number | null;
}

export interface Version {
  atMs: number;
  text: string;
  entities: readonly Entity[];
  html: string;
  replyMarkup: unknown;
}

/** A message with all its versions, oldest first; never without one. */
export interface Message {
  chatId: number;
  messageId: number;
  botId: number;
  versions: [Version, ...Version[]];
  linkPreviewOptions: unknown;
  deletedAtMs: number | null;
}

/** A chat service nobody has seeded. */
export const EMPTY_CHATS: Chats = {
  bots: [],
  chats: [],
  messages: [],
  limits: { perSecond: 30, perChatPerMinute: null },
  clockOffsetMs: 0,
};

/** What a message says now. */
export function latestVersion({ versions }: Message): Version {
  return versions.at(-1) ?? versions[0];
}
