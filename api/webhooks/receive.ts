import type { RequestHandler, Response } from 'express';
import { raw } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { targetOf } from '../hint.ts';
import type { Hint, TaskSignals, Translation } from '../hint.ts';
import { resultOf } from '../metrics.ts';
import type { ApiMetrics } from '../metrics.ts';
import { isSigned } from './signature.ts';

/** A system that sends webhooks. */
export interface WebhookSource {
  name: 'plane' | 'gitea';
  signatureHeader: string;
  secret: string;
  /** `header` reads a request header, null when absent. Throws ZodError when the payload has another shape. */
  translate: (body: unknown, header: (name: string) => string | null) => Translation;
}

/** Where translated deliveries go. */
export interface Reception {
  hints: TaskSignals;
  metrics: ApiMetrics;
  log: Logger;
}

const MAX_BODY = '1mb';
const RETRY_AFTER_S = '5';

/**
 * Handlers of one source: the raw body, its signature, its meaning, its hint. 202 only once Temporal has it, 503 otherwise; 401,
 * 413 and 400 cause nothing. Source: architecture 2.2.
 */
export function receiveWebhook(source: WebhookSource, reception: Reception): RequestHandler[] {
  const receive: RequestHandler = async (request, response) => {
    const startedAt = performance.now();
    // A request without a body leaves it undefined.
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (!isSigned(body, request.get(source.signatureHeader), source.secret)) {
      reception.metrics.delivered(source.name, 'bad_signature');
      response.status(401).json({ error: `${source.signatureHeader} does not sign this body` });
      return;
    }
    const translation = readDelivery(source, body, (name) => request.get(name) ?? null);
    if (typeof translation === 'string') {
      reception.metrics.delivered(source.name, 'bad_request');
      response.status(400).json({ error: translation });
      return;
    }
    await answer({ source: source.name, translation, response, reception });
    reception.metrics.accepted(source.name, (performance.now() - startedAt) / 1000);
  };
  return [raw({ type: () => true, limit: MAX_BODY, inflate: false }), receive];
}

/** The delivery's meaning, or one sentence saying why it cannot be read. */
function readDelivery(
  source: WebhookSource,
  body: Buffer,
  header: (name: string) => string | null,
): Translation | string {
  try {
    return source.translate(JSON.parse(body.toString('utf8')), header);
  } catch (error) {
    if (error instanceof SyntaxError) return `the body is not JSON: ${error.message}`;
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    return `the payload is not what ${source.name} sends: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
  }
}

interface Answering {
  source: string;
  translation: Translation;
  response: Response;
  reception: Reception;
}

async function answer({ source, translation, response, reception }: Answering): Promise<void> {
  const { hints, metrics, log } = reception;
  if (translation.kind === 'ignored') {
    const { reason, detail } = translation;
    metrics.delivered(source, resultOf(translation));
    log.debug({ source, reason, detail }, 'delivery ignored');
    response.status(202).json({ ignored: `${reason}: ${detail}` });
    return;
  }
  const target = targetOf(translation.hint);
  try {
    const sent = await hints.send(translation.hint);
    metrics.delivered(source, sent === 'sent' ? 'hinted' : 'no_task');
    response.status(202).json({ hint: sent === 'sent' ? target : 'no task' });
  } catch (error) {
    metrics.delivered(source, 'unavailable');
    log.warn({ source, target, err: error }, 'hint not acknowledged');
    response
      .status(503)
      .set('Retry-After', RETRY_AFTER_S)
      .json({ error: 'Temporal did not acknowledge the hint, send it again' });
  }
}

/** Counts calls made to Temporal. */
export function countSignals(signals: TaskSignals, metrics: ApiMetrics): TaskSignals {
  return {
    async send(hint: Hint) {
      try {
        const result = await signals.send(hint);
        metrics.signalled(result);
        return result;
      } catch (error) {
        metrics.signalled('failed');
        throw error;
      }
    },
  };
}
