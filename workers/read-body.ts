import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { parseJson } from '../activities/read-file.ts';

/** What is asked for cannot be done as it is asked: answered with `status` and the message, which quotes nothing of the body. */
export class BadCall extends Error {
  override name = 'BadCall';
  readonly status: 400 | 413;

  constructor(status: 400 | 413, message: string) {
    super(message);
    this.status = status;
  }
}

const MOST_BYTES = 1024 * 1024;

/** The body of a call to the runner. Throws BadCall when it is longer than 1 MiB or not of the form `schema`. */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const value = parseJson(await readText(request));
  if (value === undefined) throw new BadCall(400, 'the body is not JSON');
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  const problem = `${field === '' ? 'the body' : field}: ${issue?.message ?? 'not understood'}`;
  throw new BadCall(400, `${problem} (are worker and runner of one version?)`);
}

/** Reads to the end also what is too long, but keeps none of it: whoever still writes would not hear the answer. */
async function readText(request: IncomingMessage): Promise<string> {
  let bytes = 0;
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bytes <= MOST_BYTES) return Buffer.concat(chunks).toString('utf8');
  throw new BadCall(413, `the body has ${bytes} bytes, ${MOST_BYTES} are the most`);
}
