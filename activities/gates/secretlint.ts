import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { ToolError } from '../errors.ts';

/** A secret that was found: where and by which rule, never what. */
export interface SecretFinding {
  path: string;
  line: number;
  rule: string;
}

const TIMEOUT_MS = 5 * 60_000;
const CLEAN = 0;
const FOUND = 1;

const Report = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(
      z.object({
        ruleId: z.string(),
        messageId: z.string().optional(),
        loc: z.object({ start: z.object({ line: z.number() }) }),
      }),
    ),
  }),
);

const require = createRequire(import.meta.url);
const SECRETLINT = require
  .resolve('secretlint/package.json')
  .replace('package.json', 'bin/secretlint.js');
const RULES = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend' }] };

/** Makes comments of the work that would switch the tool off mean nothing; lines and columns stay. */
export function withoutDirectives(text: string): string {
  return text.replace(/secretlint-(?=disable|enable)/g, 'secretlint_');
}

/**
 * Looks for secrets in the files of `folder` (paths relative to it). `scratch` is an empty folder of ours beside it. Throws
 * ToolError when the tool breaks: that is no finding.
 */
export async function findSecrets(
  folder: string,
  paths: readonly string[],
  scratch: { dir: string; path: string; signal: AbortSignal },
): Promise<readonly SecretFinding[]> {
  if (paths.length === 0) return [];
  await mkdir(scratch.dir, { recursive: true });
  const rules = join(scratch.dir, 'rules.json');
  await writeFile(rules, JSON.stringify(RULES));
  const ignore = join(scratch.dir, 'ignore');
  await writeFile(ignore, '');
  const files = paths.map((path) => join(folder, path));
  const ours = ['--secretlintrc', rules, '--secretlintignore', ignore, '--no-gitignore'];
  const flags = ['--format', 'json', '--no-color', '--no-glob', ...ours];
  const { exitCode, stdout } = await execa(process.execPath, [SECRETLINT, ...flags, ...files], {
    cwd: scratch.dir,
    env: { PATH: scratch.path, HOME: scratch.dir },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
    cancelSignal: scratch.signal,
  });
  if (exitCode !== CLEAN && exitCode !== FOUND) {
    throw new ToolError(`secretlint broke (exit code ${exitCode ?? 'none'})`);
  }
  return readFindings(stdout, folder);
}

/** The report holds the raw secrets: only place and rule leave this function. */
function readFindings(stdout: string, folder: string): readonly SecretFinding[] {
  const report = Report.safeParse(parseJson(stdout));
  if (!report.success)
    throw new ToolError('secretlint answered with something else than its report');
  return report.data.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, messageId, loc }) => ({
      path: filePath.startsWith(`${folder}/`) ? filePath.slice(folder.length + 1) : filePath,
      line: loc.start.line,
      rule: messageId === undefined ? ruleId : `${ruleId} (${messageId})`,
    })),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
