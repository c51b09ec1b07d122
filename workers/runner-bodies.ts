import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { RUN_ID } from '../activities/runs/run-directory.ts';
import type { RunStop } from '../activities/runs/run-directory.ts';
import type { Launch } from '../activities/runs/supervise/launch.ts';

const RunId = z.string().regex(RUN_ID, 'not a run id');
const Path = z.string().refine(isAbsolute, 'not an absolute path');
const Count = z.int().min(0);
const Limit = z.int().positive().nullable();

const Network = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('host') }),
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('proxied'),
    hosts: z.array(z.string()),
    forwards: z.array(z.strictObject({ port: z.int().min(1).max(65_535), to: z.string() })),
  }),
]);
const Sandbox = z.strictObject({
  writable: z.array(Path),
  readable: z.array(Path),
  tmpBytes: z.int().positive(),
  network: Network,
  memoryBytes: Limit,
  processes: Limit,
});
const Spec = z.strictObject({
  runId: RunId,
  continuation: Count,
  lockPath: Path,
  cwd: Path,
  timeoutMs: z.number().min(0),
  sandbox: Sandbox.nullable(),
  secrets: z.array(z.strictObject({ name: z.string(), value: z.string() })),
});
const Command = z.strictObject({
  argv: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()),
  stdinPath: Path.nullable(),
});
const Token = z.strictObject({
  runId: RunId,
  continuation: Count,
  launch: z.int().min(1),
  nonce: z.string().min(1),
});

/** What the runner may be asked, by its path. A field it does not know is refused: it may be a limit that it would not keep. */
export const RUNNER_BODIES = {
  '/start': z.strictObject({
    spec: Spec,
    command: Command,
    token: Token,
  }) satisfies z.ZodType<Launch>,
  '/end': z.strictObject({
    runId: RunId,
    stop: z.strictObject({
      reason: z.string(),
      through: Count.nullable(),
    }) satisfies z.ZodType<RunStop>,
  }),
  '/sweep': z.strictObject({ runId: RunId }),
} as const;
