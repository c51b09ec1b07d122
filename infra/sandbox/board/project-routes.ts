import type { BoardContext } from './board-context.ts';
import { profileOf, Refusal, statesOf, workspaceOf } from './board-context.ts';
import { readItemContent } from './item-input.ts';
import { createItem } from './item-operations.ts';
import { timestampNow } from './microsecond-clock.ts';
import { paginate, pickFields } from './paging.ts';
import { STATE_GROUPS } from './records.ts';
import type { Label, State, StateGroup } from './records.ts';
import { renderItem, renderProject } from './render.ts';
import { notFound } from './rest-router.ts';
import type { ProjectCall, Reply, Route } from './rest-router.ts';
import { addLabel, addState } from './seed.ts';

const ITEMS = { GET: listItems, POST: postItem };

/** Routes of a project: itself, members, states, labels and the list of items under both its names. */
export const PROJECT_ROUTES: readonly Route<ProjectCall>[] = [
  { path: '', methods: { GET: getProject } },
  { path: 'members', methods: { GET: listMembers } },
  { path: 'states', methods: { GET: listStates, POST: postState } },
  { path: 'states/:stateId', methods: { GET: getState, PATCH: patchState, DELETE: deleteState } },
  { path: 'labels', methods: { GET: listLabels, POST: postLabel } },
  { path: 'labels/:labelId', methods: { GET: getLabel, PATCH: patchLabel, DELETE: deleteLabel } },
  { path: 'work-items', methods: ITEMS },
  { path: 'issues', methods: ITEMS },
];

function getProject({ board }: BoardContext, { project, user }: ProjectCall): Reply {
  return { status: 200, body: renderProject(project, workspaceOf(board).id, user) };
}

function listMembers({ board }: BoardContext, { project }: ProjectCall): Reply {
  return { status: 200, body: project.memberIds.map((id) => profileOf(board, id)) };
}

function listStates({ board }: BoardContext, { project, query }: ProjectCall): Reply {
  return {
    status: 200,
    body: paginate(statesOf(board, project), { query, defaultOrder: 'sequence' }),
  };
}

function postState({ board, save }: BoardContext, { project, user, body }: ProjectCall): Reply {
  const name = requireText(body, 'name');
  const color = requireText(body, 'color');
  const group = readGroup(body['group'] ?? 'backlog');
  const { state, isNew } = addState(board, project, { actor: user, name, color, group });
  if (!isNew) {
    const error = 'State with the same name already exists in the project';
    return { status: 409, body: { error, id: state.id } };
  }
  save();
  // 200, not 201: the one place where the real board differs from itself.
  return { status: 200, body: state };
}

function getState(context: BoardContext, call: ProjectCall): Reply {
  return { status: 200, body: findState(context, call) };
}

function patchState(context: BoardContext, call: ProjectCall): Reply {
  const state = findState(context, call);
  const { name, color, description, group } = call.body;
  Object.assign(state, onlyTexts({ name, color, description }), {
    ...(group !== undefined && { group: readGroup(group) }),
    updated_at: timestampNow(),
    updated_by: call.user.id,
  });
  context.save();
  return { status: 200, body: state };
}

function deleteState(context: BoardContext, call: ProjectCall): Reply {
  const { board, save } = context;
  const state = findState(context, call);
  if (state.default) throw new Refusal(400, { error: 'Default state cannot be deleted' });
  if (board.items.some((item) => item.state === state.id)) {
    throw new Refusal(400, { error: 'The state is not empty, only empty states can be deleted' });
  }
  board.states = board.states.filter(({ id }) => id !== state.id);
  save();
  return { status: 204 };
}

function listLabels({ board }: BoardContext, { project, query }: ProjectCall): Reply {
  const labels = board.labels.filter((label) => label.project === project.id);
  return { status: 200, body: paginate(labels, { query, defaultOrder: '-created_at' }) };
}

function postLabel({ board, save }: BoardContext, { project, user, body }: ProjectCall): Reply {
  const name = requireText(body, 'name');
  const color = typeof body['color'] === 'string' ? body['color'] : '';
  const { label, isNew } = addLabel(board, project, { actor: user, name, color });
  if (!isNew) {
    const error = 'Label with the same name already exists in the project';
    return { status: 409, body: { error, id: label.id } };
  }
  save();
  return { status: 201, body: label };
}

function getLabel(context: BoardContext, call: ProjectCall): Reply {
  return { status: 200, body: findLabel(context, call) };
}

function patchLabel(context: BoardContext, call: ProjectCall): Reply {
  const label = findLabel(context, call);
  const { name, color, description } = call.body;
  const audit = { updated_at: timestampNow(), updated_by: call.user.id };
  Object.assign(label, onlyTexts({ name, color, description }), audit);
  context.save();
  return { status: 200, body: label };
}

function deleteLabel(context: BoardContext, call: ProjectCall): Reply {
  const { board, save } = context;
  const gone = findLabel(context, call);
  board.labels = board.labels.filter(({ id }) => id !== gone.id);
  for (const item of board.items) item.labels = item.labels.filter((id) => id !== gone.id);
  save();
  return { status: 204 };
}

function listItems({ board }: BoardContext, { project, query }: ProjectCall): Reply {
  const items = board.items.filter(
    (item) => item.project === project.id && item.archived_at === null,
  );
  const [externalId, source] = [query.get('external_id'), query.get('external_source')];
  if (externalId !== null && source !== null) {
    const item = items.find(
      ({ external_id, external_source }) =>
        external_id === externalId && external_source === source,
    );
    if (item === undefined) throw notFound();
    return { status: 200, body: pickFields(renderItem(board, item, query), query) };
  }
  const rendered = items.map((item) => renderItem(board, item, query));
  return { status: 200, body: paginate(rendered, { query, defaultOrder: '-created_at' }) };
}

function postItem(context: BoardContext, { project, user, body, query }: ProjectCall): Reply {
  if (!('name' in body)) throw new Refusal(400, { name: ['This field is required.'] });
  const content = readItemContent(body, { board: context.board, project });
  const item = createItem(context, { project, actor: user }, content);
  return { status: 201, body: renderItem(context.board, item, query) };
}

function findState({ board }: BoardContext, { project, params }: ProjectCall): State {
  const state = statesOf(board, project).find(({ id }) => id === params['stateId']);
  if (state === undefined) throw notFound();
  return state;
}

function findLabel({ board }: BoardContext, { project, params }: ProjectCall): Label {
  const label = board.labels.find(
    ({ id, project: owner }) => id === params['labelId'] && owner === project.id,
  );
  if (label === undefined) throw notFound();
  return label;
}

function requireText(body: ProjectCall['body'], field: string): string {
  const value = body[field];
  if (value === undefined) throw new Refusal(400, { [field]: ['This field is required.'] });
  if (typeof value !== 'string') throw new Refusal(400, { [field]: ['Not a valid string.'] });
  if (value.trim() === '') throw new Refusal(400, { [field]: ['This field may not be blank.'] });
  return value.trim();
}

function readGroup(value: unknown): StateGroup {
  const group = STATE_GROUPS.find((candidate) => candidate === value);
  if (group !== undefined) return group;
  throw new Refusal(400, { group: [`${JSON.stringify(value)} is not a valid choice.`] });
}

function onlyTexts(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => typeof value === 'string'),
  );
}
