import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { z } from 'zod';

const Fault = z.object({
  match: z.object({ method: z.string().optional(), path: z.string().optional() }).default({}),
  kind: z.enum(['status', 'delay', 'hang', 'drop-answer']),
  status: z.number().int().min(200).max(599).default(503),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().optional(),
  delayMs: z.number().min(0).default(1000),
  times: z.number().int().min(1).default(1),
});
type Fault = z.infer<typeof Fault>;

/** Breaks the next matching requests on demand: answers a status, delays, hangs, or does the work and cuts the line. */
export class Faults {
  #pending: Fault[] = [];

  /** Queues one fault; `match.path` is a regex source tried on path and query. Throws ZodError or SyntaxError on nonsense. */
  add(input: unknown): Fault {
    const fault = Fault.parse(input);
    new RegExp(fault.match.path ?? '');
    this.#pending.push(fault);
    return fault;
  }

  /** Forgets all queued faults. */
  clear(): void {
    this.#pending = [];
  }

  /** The faults not used up yet, with the `times` that are left. */
  list(): readonly Fault[] {
    return this.#pending;
  }

  /** Express middleware to mount before the routes that may break. */
  middleware(): RequestHandler {
    return (request, response, next) => {
      const fault = this.#take(request);
      if (fault === null) next();
      else applyFault(fault, response, next);
    };
  }

  #take(request: Request): Fault | null {
    const fault = this.#pending.find((candidate) => matches(candidate, request));
    if (fault === undefined) return null;
    fault.times -= 1;
    this.#pending = this.#pending.filter(({ times }) => times > 0);
    return fault;
  }
}

function matches({ match }: Fault, request: Request): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false;
  return match.path === undefined || new RegExp(match.path).test(request.originalUrl);
}

function applyFault(fault: Fault, response: Response, next: NextFunction): void {
  switch (fault.kind) {
    case 'status':
      response.status(fault.status).set(fault.headers);
      if (fault.body === undefined) response.end();
      else if (typeof fault.body === 'string') response.send(fault.body);
      else response.json(fault.body);
      return;
    case 'delay':
      setTimeout(() => {
        next();
      }, fault.delayMs);
      return;
    case 'hang':
      return;
    case 'drop-answer':
      cutInsteadOfAnswering(response);
      next();
  }
}

function cutInsteadOfAnswering(response: Response): void {
  response.writeHead = () => response;
  response.flushHeaders = () => undefined;
  response.write = () => true;
  response.end = () => {
    response.socket?.destroy();
    return response;
  };
}
