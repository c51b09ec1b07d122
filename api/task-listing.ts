/** One task as lists show it. Times are ISO; null = not known or not there. */
export interface TaskListing {
  id: string;
  project: string;
  title: string | null;
  stage: string;
  /** who or what it waits for; `none` = it works, null = not known, or ended */
  waitingOn: string | null;
  /** since when it is in this stage or wait */
  since: string | null;
  startedAt: string;
  endedAt: string | null;
  links: { item: string | null; pull: string | null; history: string; card: string | null };
}

/** Who or what a task waits for, in a word for people; a task that waits for nothing works. */
export const describeWaiting = ({ waitingOn }: Pick<TaskListing, 'waitingOn'>): string =>
  waitingOn === 'none' ? 'working' : (waitingOn ?? '');

/** Open tasks first, then those ended lately. Throws when Temporal does not answer. */
export type ListTasks = () => Promise<readonly TaskListing[]>;
