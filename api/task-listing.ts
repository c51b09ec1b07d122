/** One task as lists show it. Times are ISO; null = not known or not there. */
export interface TaskListing {
  id: string;
  project: string;
  title: string | null;
  stage: string;
  /** who or what it waits for */
  waitingOn: string | null;
  /** since when it is in this stage or wait */
  since: string | null;
  startedAt: string;
  endedAt: string | null;
  links: { item: string | null; pull: string | null; history: string; card: string | null };
}

/** Open tasks first, then those ended lately. Throws when Temporal does not answer. */
export type ListTasks = () => Promise<readonly TaskListing[]>;
