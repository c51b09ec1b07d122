import { readFileSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** The six roles of the factory. */
export const Role = z.enum(['analyst', 'architect', 'developer', 'reviewer', 'tester', 'deployer']);
export type Role = z.infer<typeof Role>;

const folderInTree = z
  .string()
  .min(1)
  .refine((path) => !isAbsolute(path) && !normalize(path).startsWith('..'), 'leaves the work tree');

const Frontmatter = z.object({
  task: z.string().regex(/^[A-Z][A-Z0-9_]*-\d+$/),
  role: Role,
  title: z.coerce.string().trim().min(1),
  track: z.enum(['full', 'bug']),
  documents: folderInTree,
  returns: z.int().min(0).default(0),
});

/** What the scripted agent takes from a task file; `scenario` is the one the file asks for. */
export type TaskFile = z.infer<typeof Frontmatter> & {
  path: string;
  text: string;
  scenario: string;
  answered: boolean;
};

/** The path on the prompt's `Task file: <absolute path>` line, null without one. */
export function findTaskFilePath(prompt: string): string | null {
  return /^\s*Task file:\s*(\/.+?)\s*$/m.exec(prompt)?.[1] ?? null;
}

/** Reads a task file; throws one sentence naming file and reason when it is missing or malformed. */
export function readTaskFile(path: string): TaskFile {
  const text = readFileSync(path, 'utf8');
  const [, head, body = ''] = /^---\r?\n(.*?)\r?\n---\r?\n(.*)$/s.exec(text) ?? [];
  if (head === undefined) throw new Error(`The task file ${path} has no YAML frontmatter`);
  const parsed = Frontmatter.safeParse(parse(head));
  if (!parsed.success) {
    throw new Error(`The task file ${path} is malformed\n${z.prettifyError(parsed.error)}`);
  }
  const named = /^[\s>*-]*Scenario:\s*([a-z0-9-]+)\s*$/m.exec(body)?.[1];
  return {
    ...parsed.data,
    path,
    text,
    scenario: named ?? (parsed.data.track === 'bug' ? 'bug' : 'feature'),
    answered: /^## Answers\s*$/m.test(body),
  };
}
