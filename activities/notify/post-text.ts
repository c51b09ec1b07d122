import { setTimeout as sleep } from 'node:timers/promises';
import { isUnparsable } from '../clients/telegram/client.ts';
import type { ChatText } from '../clients/telegram/client.ts';
import { HttpStatusError } from '../errors.ts';
import { callTimeMs } from './chat-port.ts';
import type { ChatPorts } from './chat-port.ts';

/**
 * Posts `body` by `post`; plain when the chat refuses its markup, once more when it throttles and time allows. Throws what the last
 * try threw.
 */
export async function postText<T>(
  ports: ChatPorts,
  body: string,
  post: (text: ChatText) => Promise<T>,
): Promise<T> {
  const timeoutMs = callTimeMs(ports) ?? 0;
  try {
    return await post({ text: body, plain: false, timeoutMs });
  } catch (error) {
    if (isUnparsable(error)) {
      ports.log.error({ body }, 'the chat refused our markup: the text goes out plain');
      return await post({ text: toPlain(body), plain: true, timeoutMs });
    }
    const waitMs =
      error instanceof HttpStatusError && error.status === 429 ? error.retryAfterMs : null;
    if (waitMs === null) throw error;
    const secondTimeoutMs = callTimeMs(ports, waitMs);
    if (secondTimeoutMs === null) throw error;
    await sleep(waitMs);
    return await post({ text: body, plain: false, timeoutMs: secondTimeoutMs });
  }
}

function toPlain(body: string): string {
  return body
    .replace(/<\/?[a-z][^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
