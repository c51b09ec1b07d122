import { existsSync, readFileSync } from 'node:fs';
import { locateInTree } from './apply-step.ts';
import { choosePerformance } from './scenario.ts';
import { slugOfTitle, toOneLine } from './slug.ts';
import type { TaskFile } from './task-file.ts';

/** A file belongs to the task that is named in it; what another task wrote is never overwritten. */
function isFree(file: string, task: string): boolean {
  return !existsSync(file) || new RegExp(`\\b${task}\\b`).test(readFileSync(file, 'utf8'));
}

/** The slug of the task's title, made unique by the task's id when the tree has such a file already. */
export function chooseSlug(task: TaskFile, tree: string): string {
  const slug = slugOfTitle(toOneLine(task.title), task.task);
  const { steps } = choosePerformance({ ...task, role: 'developer' });
  const files = steps
    .flatMap((step) => (step.kind === 'write' && step.path.includes('{{slug}}') ? [step.path] : []))
    .map((path) => locateInTree(tree, path.replaceAll('{{slug}}', slug)));
  const id = task.task.toLowerCase();
  return files.every((file) => isFree(file, task.task)) ? slug : `${slug}-${id}`;
}
