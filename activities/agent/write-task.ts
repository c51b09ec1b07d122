import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ProduceInput } from '../../workflows/domain/activities.ts';
import {
  REQUEST_DOCUMENT,
  renderBusinessRequest,
} from '../../workflows/domain/artifacts/business-request.ts';
import { bodyOfPrompt } from '../../workflows/domain/artifacts/role-prompt.ts';
import { documentsOf } from '../../workflows/domain/ids.ts';
import { renderPrompt, renderTaskFile } from '../../workflows/domain/task-file.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { readOpenQuestions } from './read-questions.ts';

/** The files a run is told what to do by. */
export interface TaskFiles {
  promptPath: string;
  /** null = the base commit has no prompt for the role */
  rolePromptPath: string | null;
  /** documents of ours that go into the run's commit, path -> text */
  ours: Readonly<Record<string, string>>;
}

/**
 * Writes prompt.md, task.md and the role's prompt into the run directory. The role's prompt comes from the base commit: a branch
 * cannot change its own judges. What the board said is kept in the run directory, so a repeat tells the agent the same.
 */
export async function writeTaskFiles(
  call: HostCall,
  repository: Repository,
  { input, directory }: { input: ProduceInput; directory: string },
): Promise<TaskFiles> {
  const { task, role } = input;
  await mkdir(directory, { recursive: true });
  const words = await readWords(call, input, join(directory, 'words.json'));
  const taskFile = join(directory, 'task.md');
  const text = renderTaskFile({
    id: task.id,
    role,
    title: input.title,
    track: input.track,
    returns: input.returns,
    run: input.key.iteration,
    description: words.descriptionText,
    mustFix: await readMustFix(call, input),
    answers: input.withComments
      ? {
          questions: await readOpenQuestions(repository, input),
          comments: words.comments,
        }
      : null,
  });
  await writeFile(taskFile, text);
  const promptPath = join(directory, 'prompt.md');
  await writeFile(promptPath, renderPrompt({ id: task.id, role, taskFile }));
  const ours = await makeRequest(repository, input, words.descriptionText);
  return { promptPath, rolePromptPath: await writeRolePrompt(repository, input, directory), ours };
}

/** 00 goes into the analyst's first commit and never changes afterwards. Source: ORCH-119. */
async function makeRequest(
  repository: Repository,
  input: ProduceInput,
  description: string,
): Promise<Record<string, string>> {
  if (input.role !== 'analyst') return {};
  const { id } = input.task;
  const path = `${documentsOf(id)}/${REQUEST_DOCUMENT}`;
  const known = await repository.readFile(input.workHead, path);
  return { [path]: known ?? renderBusinessRequest({ id, title: input.title, description }) };
}

const Words = z.object({
  descriptionText: z.string(),
  comments: z.array(z.object({ author: z.string(), at: z.string(), text: z.string() })),
});

async function readWords(
  call: HostCall,
  input: ProduceInput,
  keptAt: string,
): Promise<z.infer<typeof Words>> {
  const kept = await readFile(keptAt, 'utf8').catch(() => null);
  if (kept !== null) return Words.parse(JSON.parse(kept));
  const { descriptionText, comments } = await call.ports.readDescription(input.task);
  const words = Words.parse({ descriptionText, comments });
  await writeFile(`${keptAt}.tmp`, JSON.stringify(words));
  await rename(`${keptAt}.tmp`, keptAt);
  return words;
}

/** The must-fix text verbatim; a report that cannot be found falls back to its link. Source: ORCH-046. */
async function readMustFix(
  call: HostCall,
  { mustFix }: ProduceInput,
): Promise<{ text: string; url: string | null } | null> {
  if (mustFix === null) return null;
  const document = await call.ports.documents.read(mustFix.documentId);
  const text = document?.body ?? 'The report is not available here: follow the link.';
  return { text, url: mustFix.url };
}

async function writeRolePrompt(
  repository: Repository,
  input: ProduceInput,
  directory: string,
): Promise<string | null> {
  const path = join(directory, 'role.md');
  const text = await repository.readFile(input.baseSha, `.openclaw/agents/${input.role}.md`);
  if (text === null) {
    await rm(path, { force: true });
    return null;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bodyOfPrompt(text));
  return path;
}
