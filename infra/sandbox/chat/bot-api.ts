import { json, urlencoded } from 'express';
import type { ErrorRequestHandler, Express, Request, Response } from 'express';
import { BOT_METHODS, BotApiError } from './bot-methods.ts';
import { FloodLimit } from './flood-limit.ts';
import type { Bot, Chats } from './records.ts';

const TOKEN_FORM = /^\d+:[\w-]+$/;

/** Mounts `/bot<token>/<method>`: JSON, form or query parameters in, `{ok, result}` or `{ok, error_code, description, parameters?}` out. */
export function mountBotApi(
  app: Express,
  { chats, save }: { chats: Chats; save: () => void },
): void {
  const flood = new FloodLimit();
  const answer = (request: Request, response: Response) => {
    const bot = authenticate(chats, String(request.params['token']));
    const run = BOT_METHODS.get(String(request.params['method']).toLowerCase());
    if (run === undefined) throw new BotApiError(404, 'Not Found: method not found');
    const input = { ...request.query, ...(request.body as Record<string, unknown> | undefined) };
    const result = run({ chats, flood, bot, input });
    save();
    response.json({ ok: true, result });
  };
  const read = [json({ limit: '1mb' }), urlencoded({ extended: false })];
  app.all('/bot:token/:method', ...read, answer);
  app.use(answerBotError);
}

function authenticate(chats: Chats, token: string): Bot {
  const bot = chats.bots.find((candidate) => candidate.token === token);
  if (bot !== undefined) return bot;
  throw TOKEN_FORM.test(token)
    ? new BotApiError(401, 'Unauthorized')
    : new BotApiError(404, 'Not Found');
}

// Express knows an error handler by its four parameters.
// eslint-disable-next-line max-params
const answerBotError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const refusal = asRefusal(error);
  if (refusal === null) {
    next(error);
    return;
  }
  const { code, message, parameters } = refusal;
  if (parameters !== null) response.set('Retry-After', String(parameters.retry_after));
  const body = { ok: false, error_code: code, description: message };
  response.status(code).json(parameters === null ? body : { ...body, parameters });
};

function asRefusal(error: unknown): BotApiError | null {
  if (error instanceof BotApiError) return error;
  const isUnreadable =
    error instanceof Error && 'type' in error && error.type === 'entity.parse.failed';
  return isUnreadable ? new BotApiError(400, "Bad Request: can't parse JSON object") : null;
}
