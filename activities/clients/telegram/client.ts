import type { Opts } from '@grammyjs/types';
import { HttpStatusError } from '../../errors.ts';
import { NoAnswerError, httpJson, parseAnswer } from '../../http-json.ts';
import type { JsonAnswer } from '../../http-json.ts';
import { BotAnswer, MessageAnswer, Refusal } from './schema.ts';

/** A message as the chat takes it: Telegram HTML, or plain text when `plain`. */
export interface ChatText {
  text: string;
  plain: boolean;
  /** how long the call may take; the client's own limit still holds */
  timeoutMs: number;
}

/** One chat of one bot. Methods throw HttpStatusError or ToolError; none retries. Link previews are always off (ORCH-080). */
export interface ChatClient {
  /** Sends a message and answers its id. */
  send(text: ChatText, options: { silent: boolean }): Promise<number>;
  /** Changes a message of ours; `gone` = it cannot be edited any more and a new one is due. */
  edit(messageId: number, text: ChatText): Promise<'ok' | 'not_modified' | 'gone'>;
}

/** How to reach one chat through the Bot API. */
export interface TelegramOptions {
  /** root of the Bot API server, no trailing slash */
  url: string;
  token: string;
  chatId: string;
  timeoutMs: number;
}

/** A chat client for the Telegram Bot API. */
export function createTelegramClient(options: TelegramOptions): ChatClient {
  const call = (method: string, body: unknown, timeoutMs: number) =>
    callMethod({ ...options, timeoutMs: Math.min(options.timeoutMs, timeoutMs) }, method, body);
  return {
    async send({ text, plain, timeoutMs }, { silent }) {
      const body = {
        chat_id: options.chatId,
        text,
        ...(!plain && { parse_mode: 'HTML' as const }),
        link_preview_options: { is_disabled: true },
        disable_notification: silent,
      } satisfies Opts<never>['sendMessage'];
      const answer = await call('sendMessage', body, timeoutMs);
      return parseAnswer(MessageAnswer, answer, 'sendMessage').result.message_id;
    },
    async edit(messageId, { text, plain, timeoutMs }) {
      const body = {
        chat_id: options.chatId,
        message_id: messageId,
        text,
        ...(!plain && { parse_mode: 'HTML' as const }),
        link_preview_options: { is_disabled: true },
      } satisfies Opts<never>['editMessageText'];
      try {
        await call('editMessageText', body, timeoutMs);
        return 'ok';
      } catch (error) {
        const outcome = outcomeOfEdit(error);
        if (outcome === null) throw error;
        return outcome;
      }
    },
  };
}

/** User name of the bot a token belongs to. Throws as the client does. */
export async function readBotName(
  options: Pick<TelegramOptions, 'url' | 'token' | 'timeoutMs'>,
): Promise<string> {
  const answer = await callMethod(options, 'getMe', {});
  return parseAnswer(BotAnswer, answer, 'getMe').result.username;
}

/** Whether the chat refused the markup itself: our bug, the text goes out plain. Source: ORCH-095. */
export function isUnparsable(error: unknown): boolean {
  return descriptionOf(error)?.includes("can't parse entities") ?? false;
}

/** Whether a failed send may have reached the chat all the same: no answer after connecting, or a failing server. */
export function mayHaveArrived(error: unknown): boolean {
  if (error instanceof HttpStatusError) return error.status >= 500;
  return error instanceof NoAnswerError ? error.sent : true;
}

function outcomeOfEdit(error: unknown): 'not_modified' | 'gone' | null {
  const description = descriptionOf(error);
  if (description === null) return null;
  if (description.includes('message is not modified')) return 'not_modified';
  return GONE.some((text) => description.includes(text)) ? 'gone' : null;
}

const GONE = ['message to edit not found', 'message_id_invalid', "message can't be edited"];

/** Description of a 400, lower-case; null for any other error. */
function descriptionOf(error: unknown): string | null {
  if (!(error instanceof HttpStatusError) || error.status !== 400) return null;
  return refusalIn(error.body)?.description.toLowerCase() ?? null;
}

function refusalIn(body: string): Refusal | null {
  try {
    return Refusal.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
}

async function callMethod(
  options: Pick<TelegramOptions, 'url' | 'token' | 'timeoutMs'>,
  method: string,
  body: unknown,
): Promise<JsonAnswer> {
  try {
    return await httpJson({
      system: 'Telegram',
      call: method,
      method: 'POST',
      url: `${options.url}/bot${options.token}/${method}`,
      headers: {},
      body,
      timeoutMs: options.timeoutMs,
    });
  } catch (error) {
    throw withRetryAfter(error, method);
  }
}

/** The Bot API says when to come back in the body; the header is optional. */
function withRetryAfter(error: unknown, call: string): unknown {
  if (!(error instanceof HttpStatusError) || error.retryAfterMs !== null) return error;
  const seconds = refusalIn(error.body)?.parameters?.retry_after;
  if (seconds === undefined) return error;
  const { status, body } = error;
  return new HttpStatusError({
    system: 'Telegram',
    call,
    status,
    retryAfterMs: seconds * 1000,
    body,
  });
}
