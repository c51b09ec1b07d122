import { z } from 'zod';
import { ENDING_NAMES } from './ending.ts';

const path = z.string();
/** A change of one file. Texts and paths are templates; `from` names a file in scenarios/templates. */
export const Edit = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('read'), path }),
  z.strictObject({
    kind: z.literal('write'),
    path,
    from: z.string(),
    executable: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('replace'), path, find: z.string(), with: z.string() }),
  z.strictObject({ kind: z.literal('addLine'), path, below: z.string(), line: z.string() }),
  z.strictObject({ kind: z.literal('link'), path, to: z.string() }),
  z.strictObject({ kind: z.literal('fill'), path, bytes: z.int().positive() }),
  z.strictObject({ kind: z.literal('repository'), path }),
  z.strictObject({ kind: z.literal('writeSecrets'), path }),
]);
export type Edit = z.infer<typeof Edit>;

/** How often it happens in one configuration folder; without it, at every launch. */
const times = z.int().positive().optional();

/** What an agent does beside editing. */
export const Act = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('end'), as: z.enum(ENDING_NAMES), times }),
  z.strictObject({ kind: z.literal('hang'), times }),
  z.strictObject({ kind: z.literal('crash'), times }),
  z.strictObject({ kind: z.literal('ignoreSignals') }),
  z.strictObject({ kind: z.literal('wander') }),
  z.strictObject({ kind: z.literal('toil') }),
  z.strictObject({ kind: z.literal('flood') }),
  z.strictObject({ kind: z.literal('daemon') }),
  z.strictObject({ kind: z.literal('probe') }),
  z.strictObject({ kind: z.literal('showSecrets'), as: z.enum(['utf8', 'base64', 'hex']) }),
]);
export type Act = z.infer<typeof Act>;

/** One thing the agent does. */
export const Step = z.union([Edit, Act]);
export type Step = z.infer<typeof Step>;
