import { ApplicationFailure } from '@temporalio/common';

/** A service answered with a failing status. `retryAfterMs` null = it did not say. */
export class HttpStatusError extends Error {
  override name = 'HttpStatusError';
  readonly status: number;
  readonly retryAfterMs: number | null;
  readonly body: string;

  constructor(about: {
    system: string;
    call: string;
    status: number;
    retryAfterMs: number | null;
    body: string;
  }) {
    super(`${about.system} answered ${about.status} to ${about.call}: ${about.body.slice(0, 300)}`);
    this.status = about.status;
    this.retryAfterMs = about.retryAfterMs;
    this.body = about.body;
  }
}

/** The world is not as configured and repeating cannot help: a person must act. */
export class PermanentError extends Error {
  override name = 'PermanentError';
}

/** The registry has no such project. Source: 2026-06-02. */
export class UnknownProject extends PermanentError {
  override name = 'UnknownProject';
}

/** A tool or process broke in a way that may pass; Temporal retries it. */
export class ToolError extends Error {
  override name = 'ToolError';
}

const PERMANENT_STATUS = new Set([400, 401, 403, 404, 405, 410, 413, 422]);

/** The one place that says what Temporal may retry. Cancellation and unknown errors pass untouched. */
export function toFailure(error: unknown): unknown {
  if (error instanceof HttpStatusError) {
    return ApplicationFailure.create({
      type: error.name,
      message: error.message,
      cause: error,
      nonRetryable: PERMANENT_STATUS.has(error.status),
      ...(error.retryAfterMs !== null && { nextRetryDelay: error.retryAfterMs }),
    });
  }
  if (error instanceof PermanentError) {
    return ApplicationFailure.create({
      type: error.name,
      message: error.message,
      cause: error,
      nonRetryable: true,
    });
  }
  return error;
}
