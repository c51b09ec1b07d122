import type { TaskComment } from '../../workflows/domain/task-file.ts';
import type { TaskInput } from '../../workflows/domain/task-state.ts';

/** Reads an item's words where the prompt is written, so that they stay out of history. Plain text; comments of people, oldest first. */
export type ReadDescription = (task: TaskInput) => Promise<{
  title: string;
  descriptionText: string;
  comments: readonly TaskComment[];
}>;
