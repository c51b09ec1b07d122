/** What the board keeps. Property names of the wire are kept, so most records are sent as they are. */
export interface Board {
  workspace: { id: string; slug: string } | null;
  users: User[];
  projects: Project[];
  states: State[];
  labels: Label[];
  items: Item[];
  comments: Comment[];
  /** Each entry with the epoch milliseconds from which on readers see it. */
  activities: { visibleAtMs: number; entry: Activity }[];
  links: Link[];
  relations: Relation[];
  webhook: Webhook | null;
  rateLimitPerMinute: number;
  activityLagMs: number;
}

export interface Profile {
  id: string;
  first_name: string;
  last_name: string;
  email: string;
  avatar: string;
  avatar_url: string | null;
  display_name: string;
}

export interface User {
  id: string;
  token: string;
  bot: boolean;
  profile: Profile;
}

export interface Project {
  id: string;
  identifier: string;
  name: string;
  created_at: string;
  updated_at: string;
  memberIds: string[];
  lastSequenceId: number;
}

interface Dated {
  id: string;
  created_at: string;
  updated_at: string;
  deleted_at: null;
}

interface Owned extends Dated {
  created_by: string | null;
  updated_by: string | null;
  project: string;
  workspace: string;
}

interface External {
  external_source: string | null;
  external_id: string | null;
}

export interface State extends Owned, External {
  name: string;
  description: string;
  color: string;
  slug: string;
  sequence: number;
  group: StateGroup;
  is_triage: boolean;
  default: boolean;
}

/** The board's state groups that can be created; `triage` exists but cannot. */
export const STATE_GROUPS = ['backlog', 'unstarted', 'started', 'completed', 'cancelled'] as const;
export type StateGroup = (typeof STATE_GROUPS)[number];

export interface Label extends Owned, External {
  name: string;
  description: string;
  color: string;
  sort_order: number;
  parent: string | null;
}

/** Item priorities, most urgent first. */
export const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'] as const;

/** The properties of an item a client may write. */
export interface ItemContent extends External {
  name: string;
  description_html: string;
  priority: (typeof PRIORITIES)[number];
  state: string;
  labels: string[];
  assignees: string[];
  parent: string | null;
  point: number | null;
  estimate_point: string | null;
  start_date: string | null;
  target_date: string | null;
}

export interface Item extends Owned, ItemContent {
  type_id: null;
  description_binary: null;
  sequence_id: number;
  sort_order: number;
  completed_at: string | null;
  archived_at: string | null;
  is_draft: boolean;
  type: null;
}

export interface Comment extends Owned, External {
  comment_html: string;
  attachments: [];
  access: string;
  edited_at: string | null;
  description: string;
  issue: string;
  actor: string;
  parent: null;
}

export interface Activity extends Dated {
  verb: 'created' | 'updated';
  field: string | null;
  old_value: string | null;
  new_value: string | null;
  comment: string;
  attachments: [];
  old_identifier: string | null;
  new_identifier: string | null;
  epoch: number;
  project: string;
  workspace: string;
  issue: string;
  issue_comment: string | null;
  actor: string;
}

export interface Link extends Owned {
  title: string | null;
  url: string;
  metadata: object;
  issue: string;
}

/** Read as: `issue` is `relation_type` `related_issue`; only the four stored types appear. */
export interface Relation extends Owned {
  issue: string;
  related_issue: string;
  relation_type: 'blocked_by' | 'start_before' | 'finish_before' | 'duplicate' | 'relates_to';
}

export interface Webhook {
  id: string;
  url: string;
  secret: string;
  isActive: boolean;
}

/** A board nobody has seeded. */
export const EMPTY_BOARD: Board = {
  workspace: null,
  users: [],
  projects: [],
  states: [],
  labels: [],
  items: [],
  comments: [],
  activities: [],
  links: [],
  relations: [],
  webhook: null,
  rateLimitPerMinute: 60,
  activityLagMs: 0,
};
