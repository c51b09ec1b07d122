import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** One request to a real server and what it answered. */
export interface RecordedExchange {
  readonly file: string;
  readonly request: { method: string; path: string; as: string; body: object | null };
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** All exchanges of a folder below recorded/, in the order they were made. */
export function readRecorded(folder: string): RecordedExchange[] {
  const directory = join(import.meta.dirname, 'recorded', folder);
  const files = readdirSync(directory).sort();
  return files.map((file) => {
    const exchange = JSON.parse(readFileSync(join(directory, file), 'utf8')) as RecordedExchange;
    return { ...exchange, file };
  });
}

/** Translates between the ids of a recording and those of the server under test, learning them from answers. */
export class IdMap {
  readonly #ours = new Map<string, string>();

  /** Notes which of our ids stands where the recording has one of its own. */
  learn(recorded: unknown, actual: unknown): void {
    if (typeof recorded === 'string' && typeof actual === 'string') {
      if (/^[0-9a-f-]{36}$/.test(recorded))
        this.#ours.set(recorded, this.#ours.get(recorded) ?? actual);
    } else if (isObject(recorded) && isObject(actual)) {
      for (const [key, value] of Object.entries(recorded)) this.learn(value, actual[key]);
    }
  }

  /** The recorded value with our ids in it. */
  translate<T>(recorded: T): T {
    const text = JSON.stringify(recorded);
    return JSON.parse(text.replaceAll(UUID, (id) => this.#ours.get(id) ?? id)) as T;
  }
}

/** A value whose moments are masked, so that two servers' answers compare equal. */
export function maskTimes(value: unknown): unknown {
  if (typeof value === 'string') return TIMESTAMP.test(value) ? '<microseconds>' : value;
  if (Array.isArray(value)) return value.map(maskTimes);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, member]) => [
    key,
    key === 'epoch' && typeof member === 'number' ? '<seconds>' : maskTimes(member),
  ]);
  return Object.fromEntries(entries) as unknown;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
