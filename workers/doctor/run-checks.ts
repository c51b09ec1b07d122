import { setTimeout as pause } from 'node:timers/promises';
import { reasonOf } from '../reason-of.ts';
import { problem } from './finding.ts';
import type { Check, Finding } from './finding.ts';

/**
 * Runs all checks at once, each with a time limit, and answers what they found in the order of the checks. `onProgress` hears the
 * names of those still under way. Never throws.
 */
export async function runChecks(
  checks: readonly Check[],
  { limitMs, onProgress }: { limitMs: number; onProgress: (open: readonly string[]) => void },
): Promise<readonly Finding[]> {
  const open = new Set(checks);
  const tell = (): void => {
    onProgress([...open].map(({ name }) => name));
  };
  tell();
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings = await runCheck(check, limitMs);
      open.delete(check);
      tell();
      return findings;
    }),
  );
  return found.flat();
}

async function runCheck({ name, fix, look }: Check, limitMs: number): Promise<readonly Finding[]> {
  const settled = new AbortController();
  const limit = pause(limitMs, [problem(name, `no answer within ${limitMs / 1000} s`, fix)], {
    signal: settled.signal,
  });
  limit.catch(() => undefined);
  try {
    return await Promise.race([look(), limit]);
  } catch (error) {
    return [problem(name, reasonOf(error), fix)];
  } finally {
    settled.abort();
  }
}
