import { found, profileOf, stateOf } from './board-context.ts';
import type { Board, Item, Project, User } from './records.ts';

/** An item as REST answers it; `expand` lists the properties to show as objects instead of ids. */
export function renderItem(board: Board, item: Item, query: URLSearchParams): object {
  const expansions = (query.get('expand')?.split(',') ?? []).flatMap((field) => {
    const value = EXPAND[field]?.(board, item);
    return value === undefined ? [] : [[field, value] as const];
  });
  return { ...item, ...Object.fromEntries(expansions) };
}

/** A project as REST answers it to `reader`. */
export function renderProject(
  { id, ...project }: Project,
  workspaceId: string,
  reader: User,
): object {
  const { identifier, name, created_at, updated_at, memberIds } = project;
  const isMember = memberIds.includes(reader.id);
  return {
    id,
    total_members: memberIds.length,
    total_cycles: 0,
    total_modules: 0,
    is_member: isMember,
    sort_order: 65_535,
    member_role: isMember ? 20 : null,
    is_deployed: false,
    cover_image_url: null,
    created_at,
    updated_at,
    deleted_at: null,
    name,
    description: '',
    description_text: null,
    description_html: null,
    network: 2,
    identifier,
    emoji: null,
    icon_prop: null,
    module_view: false,
    cycle_view: false,
    issue_views_view: false,
    page_view: true,
    intake_view: false,
    is_time_tracking_enabled: false,
    is_issue_type_enabled: false,
    guest_view_all_features: false,
    cover_image: null,
    archive_in: 0,
    close_in: 0,
    logo_props: {},
    archived_at: null,
    timezone: 'UTC',
    external_source: null,
    external_id: null,
    created_by: null,
    updated_by: null,
    workspace: workspaceId,
    default_assignee: null,
    project_lead: null,
    cover_image_asset: null,
    estimate: null,
    default_state: null,
  };
}

const EXPAND: Readonly<Record<string, (board: Board, item: Item) => unknown>> = {
  state: (board, item) => {
    const { id, name, color, group } = stateOf(board, item);
    return { id, name, color, group };
  },
  labels: (board, item) => item.labels.map((id) => found(board.labels, id)),
  assignees: (board, item) => item.assignees.map((id) => profileOf(board, id)),
  project: (board, item) => {
    const { id, identifier, name } = found(board.projects, item.project);
    const absent = { cover_image: null, icon_prop: null, emoji: null };
    return { id, identifier, name, ...absent, description: '', cover_image_url: null };
  },
  parent: (board, item) => (item.parent === null ? null : found(board.items, item.parent)),
  created_by: (board, item) =>
    item.created_by === null ? null : profileOf(board, item.created_by),
};
