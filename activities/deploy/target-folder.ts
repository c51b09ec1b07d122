import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Build } from '../../workflows/domain/task-state.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { DeployVerdict } from '../../workflows/domain/verdicts.ts';
import { PermanentError, ToolError } from '../errors.ts';
import { parseJson, readIfThere } from '../read-file.ts';

/** Where a deploy target keeps its files: `<dataDir>/targets/<target>/`. */
export interface TargetFolder {
  dir: string;
  /** held while somebody changes the target */
  lock: string;
  state: string;
  releases: string;
  /** link to the release that was started last, for people */
  current: string;
  /** held by the supervised service for its life */
  serviceLock: string;
  /** what the supervisor tells about itself */
  serviceRecord: string;
  serviceLog: string;
  /** HOME of the service */
  home: string;
}

/** The folder of `target`; throws PermanentError for a name that could leave `targets/`. */
export function targetFolder(dataDir: string, target: string): TargetFolder {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(target)) {
    throw new PermanentError(`not a deploy target name: ${target.slice(0, 80)}`);
  }
  const dir = resolve(dataDir, 'targets', target);
  return {
    dir,
    lock: join(dir, 'lock'),
    state: join(dir, 'state.json'),
    releases: join(dir, 'releases'),
    current: join(dir, 'current'),
    serviceLock: join(dir, 'service.lock'),
    serviceRecord: join(dir, 'service.json'),
    serviceLog: join(dir, 'service.log'),
    home: join(dir, 'home'),
  };
}

/** Makes the folders a target needs; safe to repeat. */
export async function prepareTarget(folder: TargetFolder): Promise<void> {
  await mkdir(folder.releases, { recursive: true });
  await mkdir(folder.home, { recursive: true });
}

/** The hex part of a digest `sha256:<hex>`, which names folders. Throws PermanentError for anything else. */
export function digestHex(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new PermanentError(`not a digest: ${digest.slice(0, 80)}`);
  return hex;
}

const build: z.ZodType<Build> = z.object({
  digest: z.string(),
  revision: z.string().transform((value) => value as Sha),
});

const verdict: z.ZodType<DeployVerdict> = z.object({
  status: z.enum(['SUCCESS', 'ROLLED_BACK', 'FAILED', 'REFUSED']),
  reason: z.string(),
  documentId: z.string(),
  runningDigest: z.string().nullable(),
  runningRevision: z.string().nullable(),
  mustFixRef: z.object({ documentId: z.string(), url: z.string().nullable() }).nullable(),
});

/** A change of a target that has begun; what an attempt after a crash goes on with. */
const TargetChange = z.object({
  runId: z.string(),
  build,
  step: z.enum(['switching', 'rolling-back']),
  /** why it is rolled back; empty while switching */
  reason: z.string(),
  /** size of the service log when the build was started */
  logFrom: z.number(),
});

const TargetState = z.object({
  /** the highest fence seen */
  fence: z.number(),
  /** the build that was healthy last and is meant to serve */
  current: build.nullable(),
  /** the one before it, to roll back to */
  previous: build.nullable(),
  change: TargetChange.nullable(),
  /** the last finished change: the same run asked again gets the same answer */
  outcome: z.object({ runId: z.string(), verdict }).nullable(),
});

export type TargetState = z.infer<typeof TargetState>;
export type TargetChange = z.infer<typeof TargetChange>;

const UNTOUCHED: TargetState = {
  fence: 0,
  current: null,
  previous: null,
  change: null,
  outcome: null,
};

/** The target's state; untouched when there is none. Throws ToolError when it cannot be read, so a fence is never forgotten. */
export async function readTargetState(folder: TargetFolder): Promise<TargetState> {
  const text = await readIfThere(folder.state);
  if (text === null) return UNTOUCHED;
  const parsed = TargetState.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new ToolError(
      `${folder.state} is not a target's state: ${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data;
}

/** Replaces the target's state in one step. Only for the holder of the target's lock. */
export async function writeTargetState(folder: TargetFolder, state: TargetState): Promise<void> {
  await writeFile(`${folder.state}.tmp`, JSON.stringify(state, null, 2));
  await rename(`${folder.state}.tmp`, folder.state);
}
