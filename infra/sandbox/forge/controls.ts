import { z } from 'zod';
import type { CiRunner } from './ci.ts';
import type { Forge } from './forge.ts';

const CiControl = z.object({ mode: z.enum(['run', 'hold', 'fail', 'silent']) });
const PaceControl = z.object({
  checkMs: z.number().min(0).optional(),
  mergeMs: z.number().min(0).optional(),
});

/** The switches only the forge has: what CI does with pushed heads, letting held runs go, and how long checks and merges take. A new `checkMs` ends the checks that run. */
export function forgeControls(forge: Forge, ci: CiRunner) {
  return {
    ci: (body: unknown) => {
      forge.state.ciMode = CiControl.parse(body).mode;
      forge.store.save();
      return { mode: forge.state.ciMode };
    },
    'ci/release': () => ({ released: ci.release() }),
    pace: (body: unknown) => {
      const asked = PaceControl.parse(body);
      if (asked.checkMs !== undefined) forge.checkedAtMs.clear();
      const { checkMs = forge.pace.checkMs, mergeMs = forge.pace.mergeMs } = asked;
      return Object.assign(forge.pace, { checkMs, mergeMs });
    },
  };
}
