import { z } from 'zod';

/** The configuration cannot be used; the message lists every problem at once, then a hint for all of them if there is one. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(subject: string, problems: readonly string[], hint: string | null = null) {
    const lines = problems.map((problem) => `  - ${problem}`);
    super([`${subject} cannot be used:`, ...lines, ...(hint === null ? [] : [hint])].join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads settings by name and remembers every problem and warning. A value that is set but empty counts as unset.
 * Source: ORCH-074.
 */
export class EnvReader<Key extends string> {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  private readonly env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.env = env;
  }

  /** The value, or null when unset. */
  optional(name: Key): string | null {
    const value = this.env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  /** The value; a missing one is a problem. */
  required(name: Key, hint: string): string {
    const value = this.optional(name);
    if (value === null) this.problems.push(`${name} is not set: ${hint}`);
    return value ?? '';
  }

  /** A required http(s) URL without its trailing slash. */
  requiredUrl(name: Key, hint: string): string {
    const value = this.required(name, hint);
    return value === '' ? value : this.checkedUrl(name, value);
  }

  /** An http(s) URL without its trailing slash, or the fallback when unset. */
  optionalUrl<F extends string | null>(name: Key, fallback: F): string | F {
    const value = this.optional(name);
    return value === null ? fallback : this.checkedUrl(name, value);
  }

  /** The fallback when unset; a value the schema refuses is a problem. */
  checked<T>(name: Key, schema: z.ZodType<T>, fallback: T): T {
    const value = this.optional(name);
    if (value === null) return fallback;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    this.problems.push(`${name} is invalid: ${firstIssue(parsed.error)}`);
    return fallback;
  }

  /** A setting that may be wrong without harm: the fallback is used and a warning says so. */
  tunable<T>(name: Key, schema: z.ZodType<T>, fallback: T): T {
    const value = this.optional(name);
    if (value === null) return fallback;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    this.warnings.push(
      `${name} is invalid (${firstIssue(parsed.error)}): using ${String(fallback)}`,
    );
    return fallback;
  }

  /** The entries of a list separated by commas; none when unset. */
  list(name: Key): readonly string[] {
    const entries = (this.optional(name) ?? '').split(',').map((entry) => entry.trim());
    return entries.filter((entry) => entry !== '');
  }

  /** Throws ConfigurationError when anything was wrong, with what `hint` answers when something is not set. */
  finish(subject: string, hint: () => string | null = () => null): void {
    const problems = [...new Set(this.problems)];
    if (problems.length === 0) return;
    const isUnset = problems.some((problem) => problem.includes(' is not set: '));
    throw new ConfigurationError(subject, problems, isUnset ? hint() : null);
  }

  private checkedUrl(name: Key, value: string): string {
    if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
      this.problems.push(`${name} is not an http(s) address: ${value.slice(0, 100)}`);
    }
    return value.replace(/\/+$/, '');
  }
}

const firstIssue = (error: z.ZodError): string => error.issues[0]?.message ?? 'not understood';

/** A whole number written in digits, from `min` to `max`. */
export const wholeNumber = (min: number, max: number): z.ZodType<number> =>
  z.coerce.number().int().min(min).max(max);
