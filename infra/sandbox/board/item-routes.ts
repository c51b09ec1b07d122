import { recordActivity, visibleActivities } from './activity-log.ts';
import type { BoardContext } from './board-context.ts';
import { newRecord, Refusal } from './board-context.ts';
import { changeComment, createComment, deleteComment } from './comment-operations.ts';
import { readItemContent } from './item-input.ts';
import { changeItem, deleteItem } from './item-operations.ts';
import { timestampNow } from './microsecond-clock.ts';
import { paginate, pickFields } from './paging.ts';
import type { Comment, Link } from './records.ts';
import { listRelations, relateItems } from './relation-operations.ts';
import { renderItem } from './render.ts';
import { notFound } from './rest-router.ts';
import type { ItemCall, Reply, Route } from './rest-router.ts';

/** Routes of one item and of what hangs on it: comments, activities, links, relations. */
export const ITEM_ROUTES: readonly Route<ItemCall>[] = [
  { path: '', methods: { GET: getItem, PATCH: patchItem, DELETE: removeItem } },
  { path: 'comments', methods: { GET: listComments, POST: postComment } },
  {
    path: 'comments/:commentId',
    methods: { GET: getComment, PATCH: patchComment, DELETE: removeComment },
  },
  { path: 'activities', methods: { GET: listActivities } },
  { path: 'activities/:activityId', methods: { GET: getActivity } },
  { path: 'links', methods: { GET: listLinks, POST: postLink } },
  { path: 'links/:linkId', methods: { GET: getLink, PATCH: patchLink, DELETE: removeLink } },
  {
    path: 'relations',
    methods: {
      GET: (context, { item }) => ({ status: 200, body: listRelations(context, item) }),
      POST: (context, { item, user, body }) => ({
        status: 201,
        body: relateItems(context, { item, actor: user }, body),
      }),
    },
  },
];

function getItem({ board }: BoardContext, { item, query }: ItemCall): Reply {
  return { status: 200, body: pickFields(renderItem(board, item, query), query) };
}

function patchItem(context: BoardContext, { item, user, body, project, query }: ItemCall): Reply {
  const content = readItemContent(body, { board: context.board, project });
  changeItem(context, { item, actor: user, origin: 'api' }, content);
  return { status: 200, body: renderItem(context.board, item, query) };
}

function removeItem(context: BoardContext, { item, user }: ItemCall): Reply {
  if (item.created_by !== user.id && user.bot) {
    throw new Refusal(403, { error: 'Only admin or creator can delete the work item' });
  }
  deleteItem(context, item);
  return { status: 204 };
}

function listComments({ board }: BoardContext, { item, query }: ItemCall): Reply {
  const comments = board.comments.filter(({ issue }) => issue === item.id).map(asRead);
  return { status: 200, body: paginate(comments, { query, defaultOrder: '-created_at' }) };
}

function postComment(context: BoardContext, { item, user, body }: ItemCall): Reply {
  const comment = createComment(context, { item, actor: user }, body);
  return { status: 201, body: { ...comment, updated_by: user.id } };
}

function getComment(context: BoardContext, call: ItemCall): Reply {
  return { status: 200, body: asRead(findComment(context, call)) };
}

function patchComment(context: BoardContext, call: ItemCall): Reply {
  const comment = findComment(context, call);
  changeComment(context, { comment, actor: call.user }, call.body);
  return { status: 200, body: comment };
}

function removeComment(context: BoardContext, call: ItemCall): Reply {
  deleteComment(context, findComment(context, call));
  return { status: 204 };
}

function listActivities(context: BoardContext, { item, query }: ItemCall): Reply {
  const activities = visibleActivities(context, item);
  return { status: 200, body: paginate(activities, { query, defaultOrder: 'created_at' }) };
}

function getActivity(context: BoardContext, { item, params }: ItemCall): Reply {
  const activity = visibleActivities(context, item).find(({ id }) => id === params['activityId']);
  if (activity === undefined) throw notFound();
  return { status: 200, body: activity };
}

function listLinks({ board }: BoardContext, { item, query }: ItemCall): Reply {
  const links = board.links.filter(({ issue }) => issue === item.id);
  return { status: 200, body: paginate(links, { query, defaultOrder: '-created_at' }) };
}

function postLink(context: BoardContext, { item, user, project, body }: ItemCall): Reply {
  const { board, save } = context;
  const url = readUrl(body['url']);
  refuseKnownUrl(context, item.id, url);
  const link: Link = {
    ...newRecord(board, project, user),
    updated_by: user.id,
    title: typeof body['title'] === 'string' ? body['title'] : null,
    url,
    metadata: {},
    issue: item.id,
  };
  board.links.push(link);
  const change = { verb: 'created', field: 'link', comment: 'created a link' } as const;
  recordActivity(context, { item, actor: user }, { ...change, newValue: url, newId: link.id });
  save();
  return { status: 201, body: link };
}

function getLink(context: BoardContext, call: ItemCall): Reply {
  return { status: 200, body: findLink(context, call) };
}

function patchLink(context: BoardContext, call: ItemCall): Reply {
  const link = findLink(context, call);
  const { title, url } = call.body;
  if (url !== undefined && url !== link.url) {
    refuseKnownUrl(context, call.item.id, readUrl(url));
    link.url = readUrl(url);
  }
  if (typeof title === 'string') link.title = title;
  link.updated_at = timestampNow();
  context.save();
  return { status: 200, body: link };
}

function removeLink(context: BoardContext, call: ItemCall): Reply {
  const gone = findLink(context, call);
  context.board.links = context.board.links.filter(({ id }) => id !== gone.id);
  context.save();
  return { status: 204 };
}

function asRead(comment: Comment): object {
  return { ...comment, is_member: true };
}

function findComment({ board }: BoardContext, { item, params }: ItemCall): Comment {
  const comment = board.comments.find(
    ({ id, issue }) => id === params['commentId'] && issue === item.id,
  );
  if (comment === undefined) throw notFound();
  return comment;
}

function findLink({ board }: BoardContext, { item, params }: ItemCall): Link {
  const link = board.links.find(({ id, issue }) => id === params['linkId'] && issue === item.id);
  if (link === undefined) throw notFound();
  return link;
}

function readUrl(value: unknown): string {
  if (value === undefined) throw new Refusal(400, { url: ['This field is required.'] });
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) {
    throw new Refusal(400, { url: ['Invalid URL format.'] });
  }
  return value;
}

function refuseKnownUrl({ board }: BoardContext, itemId: string, url: string): void {
  if (board.links.some((link) => link.issue === itemId && link.url === url)) {
    throw new Refusal(400, { error: 'URL already exists for this Issue' });
  }
}
