import { isDeepStrictEqual } from 'node:util';
import type { FloodLimit } from './flood-limit.ts';
import { MarkupError, parseEntities } from './parse-entities.ts';
import type { ParsedText } from './parse-entities.ts';
import { latestVersion } from './records.ts';
import type { Bot, Chat, Chats, Message, Version } from './records.ts';
import { escapeHtml } from '../kit/page.ts';

const MAX_TEXT_LENGTH = 4096;
const DELETABLE_MS = 48 * 3_600_000;

/** A refused call: error code, the description of the Bot API, and `parameters` where it has some. */
export class BotApiError extends Error {
  readonly code: number;
  readonly parameters: { retry_after: number } | null;

  constructor(
    code: number,
    description: string,
    parameters: { retry_after: number } | null = null,
  ) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

/** One call of a known bot. */
export interface BotCall {
  readonly chats: Chats;
  readonly flood: FloodLimit;
  readonly bot: Bot;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The methods by lower-case name, since the Bot API ignores case. Each returns `result` or throws BotApiError. */
export const BOT_METHODS: ReadonlyMap<string, (call: BotCall) => unknown> = new Map([
  ['getme', ({ bot }: BotCall) => ({ ...describeBot(bot), can_join_groups: true })],
  ['sendmessage', sendMessage],
  ['editmessagetext', editMessageText],
  ['deletemessage', deleteMessage],
]);

function sendMessage(call: BotCall): unknown {
  const { chats, bot, input } = call;
  const chat = readChat(call);
  const parsed = readText(input);
  refuseFlood(call, chat);
  chat.lastMessageId += 1;
  const message: Message = {
    chatId: chat.id,
    messageId: chat.lastMessageId,
    botId: bot.id,
    versions: [newVersion(call, parsed)],
    linkPreviewOptions: input['link_preview_options'] ?? null,
    deletedAtMs: null,
  };
  chats.messages.push(message);
  return describeMessage(call, message);
}

function editMessageText(call: BotCall): unknown {
  const { bot, input } = call;
  const chat = readChat(call);
  const message = findMessage(call, chat);
  if (message === undefined) throw badRequest('message to edit not found');
  if (message.botId !== bot.id) throw badRequest("message can't be edited");
  const version = newVersion(call, readText(input));
  if (saysTheSame(latestVersion(message), version)) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as ' +
        'a current content and reply markup of the message',
    );
  }
  refuseFlood(call, chat);
  message.versions.push(version);
  message.linkPreviewOptions = input['link_preview_options'] ?? null;
  return describeMessage(call, message);
}

function deleteMessage(call: BotCall): true {
  const message = findMessage(call, readChat(call));
  if (message === undefined) throw badRequest('message to delete not found');
  const nowMs = now(call);
  if (nowMs - message.versions[0].atMs >= DELETABLE_MS) {
    throw badRequest("message can't be deleted for everyone");
  }
  message.deletedAtMs = nowMs;
  return true;
}

function readChat({ chats, input }: BotCall): Chat {
  const id = input['chat_id'];
  if (id === undefined || id === '') throw badRequest('chat_id is empty');
  const chat = chats.chats.find((candidate) => candidate.id === Number(id));
  if (chat === undefined) throw badRequest('chat not found');
  return chat;
}

function findMessage({ chats, input }: BotCall, chat: Chat): Message | undefined {
  const messageId = Number(input['message_id']);
  return chats.messages.find(
    (message) =>
      message.chatId === chat.id && message.messageId === messageId && message.deletedAtMs === null,
  );
}

function readText(input: BotCall['input']): ParsedText {
  const source = typeof input['text'] === 'string' ? input['text'] : '';
  if (source === '') throw badRequest('message text is empty');
  const parsed = parseText(source, input['parse_mode']);
  if (parsed.text.trim() === '') throw badRequest('text must be non-empty');
  if (parsed.text.length > MAX_TEXT_LENGTH) throw badRequest('message is too long');
  return parsed;
}

function parseText(source: string, mode: unknown): ParsedText {
  if (mode === undefined || mode === '') {
    const text = source.trim();
    return { text, entities: [], html: escapeHtml(text) };
  }
  if (typeof mode !== 'string' || mode.toLowerCase() !== 'html')
    throw badRequest('unsupported parse_mode');
  try {
    return parseEntities(source.trim());
  } catch (error) {
    if (!(error instanceof MarkupError)) throw error;
    throw badRequest(`can't parse entities: ${error.message}`);
  }
}

function refuseFlood({ chats, flood, bot }: BotCall, chat: Chat): void {
  const retryAfter = flood.count({ botId: bot.id, chatId: chat.id }, chats.limits);
  if (retryAfter === null) return;
  const parameters = { retry_after: retryAfter };
  throw new BotApiError(429, `Too Many Requests: retry after ${retryAfter}`, parameters);
}

function newVersion(call: BotCall, parsed: ParsedText): Version {
  return { atMs: now(call), ...parsed, replyMarkup: readMarkup(call.input['reply_markup']) };
}

function readMarkup(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? null;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw badRequest("can't parse reply keyboard markup JSON object");
  }
}

function saysTheSame(a: Version, b: Version): boolean {
  const said = ({ text, entities, replyMarkup }: Version) => ({ text, entities, replyMarkup });
  return isDeepStrictEqual(said(a), said(b));
}

function describeMessage({ bot, chats }: BotCall, message: Message): object {
  const { text, entities, replyMarkup } = latestVersion(message);
  const chat = chats.chats.find(({ id }) => id === message.chatId);
  const [sent, ...edits] = message.versions;
  const edited = edits.at(-1);
  return {
    message_id: message.messageId,
    from: describeBot(bot),
    chat: {
      id: message.chatId,
      title: chat?.title,
      type: message.chatId < 0 ? 'supergroup' : 'private',
    },
    date: Math.floor(sent.atMs / 1000),
    ...(edited !== undefined && { edit_date: Math.floor(edited.atMs / 1000) }),
    text,
    ...(entities.length > 0 && { entities }),
    ...(message.linkPreviewOptions !== null && {
      link_preview_options: message.linkPreviewOptions,
    }),
    ...(replyMarkup !== null && { reply_markup: replyMarkup }),
  };
}

function describeBot({ id, username }: Bot) {
  return { id, is_bot: true, first_name: username, username };
}

function now({ chats }: BotCall): number {
  return Date.now() + chats.clockOffsetMs;
}

function badRequest(description: string): BotApiError {
  return new BotApiError(400, `Bad Request: ${description}`);
}
