/** One state change read from a work item's activity log, oldest first in lists. Times are ISO with microseconds. */
export interface StateEntry {
  id: string;
  at: string;
  actorId: string;
  /** display name for texts; never used to decide */
  actorName: string;
  /** state name the item was moved to */
  to: string;
}

/** State groups of the board. */
export type StateGroup = 'backlog' | 'unstarted' | 'started' | 'completed' | 'cancelled';

/** A work item as the workflow sees it: no description (it stays out of history), labels null when they could not be read. */
export interface BoardItem {
  title: string;
  hasDescription: boolean;
  labels: readonly string[] | null;
  stateName: string;
  stateGroup: StateGroup;
  priority: string;
  createdById: string;
  /** state changes, oldest first */
  entries: readonly StateEntry[];
  /** people who may act: project members that are not our bots */
  humanIds: readonly string[];
  /** people whose approvals count; equals humanIds when no approver list is set */
  approverIds: readonly string[];
}
