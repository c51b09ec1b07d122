import { z } from 'zod';
import { HttpStatusError, ToolError } from './errors.ts';

/** One JSON call. `call` names it in errors and logs: the url may hold a token and is never shown. */
export interface JsonCall {
  system: string;
  call: string;
  method: 'GET' | 'POST' | 'PATCH';
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: unknown;
  timeoutMs: number;
}

/** A 2xx answer; `body` is null when it was empty. */
export interface JsonAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/**
 * Makes one call without retrying or following redirects. Throws HttpStatusError for any answer but 2xx, ToolError when there was
 * no answer or it was not JSON.
 */
export async function httpJson(call: JsonCall): Promise<JsonAnswer> {
  const { status, headers, text } = await exchange(call);
  if (status < 200 || status > 299) {
    const retryAfterMs = retryAfterOf(headers);
    throw new HttpStatusError({
      system: call.system,
      call: call.call,
      status,
      retryAfterMs,
      body: text,
    });
  }
  if (text.trim() === '') return { status, headers, body: null };
  try {
    return { status, headers, body: JSON.parse(text) as unknown };
  } catch {
    throw new ToolError(`${call.system} answered ${status} to ${call.call} with no JSON`);
  }
}

/** Checks an answer's shape; throws ToolError naming the call and the first problems. */
export function parseAnswer<T>(schema: z.ZodType<T>, answer: JsonAnswer, call: string): T {
  const parsed = schema.safeParse(answer.body);
  if (parsed.success) return parsed.data;
  const problems = z.prettifyError(parsed.error).slice(0, 500);
  throw new ToolError(`the answer to ${call} has an unexpected shape: ${problems}`);
}

async function exchange(
  call: JsonCall,
): Promise<{ status: number; headers: Headers; text: string }> {
  try {
    const response = await fetch(call.url, {
      method: call.method,
      headers: {
        accept: 'application/json',
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...call.headers,
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(call.timeoutMs),
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    throw new NoAnswerError(call, error);
  }
}

/** There was no whole answer. `sent` is false only when the connection was never made, so nothing can have happened there. */
export class NoAnswerError extends ToolError {
  override name = 'NoAnswerError';
  readonly sent: boolean;

  constructor(about: { system: string; call: string }, error: unknown) {
    const code = codeOf(error);
    super(`${about.system} did not answer ${about.call}: ${code}`);
    this.sent = !NEVER_CONNECTED.has(code);
  }
}

const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name === 'TimeoutError' ? 'time-out' : error.name;
}

/** `Retry-After` in ms, from seconds or an HTTP date; null when absent or unreadable. */
function retryAfterOf(headers: Headers): number | null {
  const value = headers.get('retry-after');
  if (value === null) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
