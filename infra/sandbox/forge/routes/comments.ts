import { Router, type Request } from 'express';
import { z } from 'zod';
import {
  ApiError,
  notFound,
  param,
  query,
  readBody,
  requirePull,
  requireRepo,
  requireUser,
  sendJson,
} from '../api.ts';
import { publishComment } from '../events.ts';
import type { Forge } from '../forge.ts';
import { isRepoAdmin, takeId, timestamp, type Comment, type Pull, type User } from '../state.ts';
import { commentWire, issueWire } from '../wire-pull.ts';

const CommentBody = z.object({ body: z.string().min(1) });

function requireOwnComment(
  forge: Forge,
  request: Request,
): { comment: Comment; pull: Pull; user: User } {
  const repo = requireRepo(forge, request);
  const user = requireUser(forge, request);
  const id = Number(param(request, 'id'));
  const comment = forge.state.comments.find(
    (candidate) => candidate.repoId === repo.id && candidate.id === id,
  );
  const pull = forge.state.pulls.find(
    ({ repoId, number }) => repoId === repo.id && number === comment?.pullNumber,
  );
  if (comment === undefined || pull === undefined) throw notFound();
  if (comment.authorId !== user.id && !isRepoAdmin(user, repo)) {
    throw new ApiError(403, 'Forbidden');
  }
  return { comment, pull, user };
}

/** The conversation of a pull request, which the forge calls the comments of its issue. */
export function commentRoutes(forge: Forge): Router {
  const routes = Router({ mergeParams: true });
  routes.get('/issues/:number', (request, response) => {
    const { pull } = requirePull(forge, request);
    sendJson(response, 200, issueWire(forge, pull, null));
  });
  routes.get('/issues/:number/comments', (request, response) => {
    const { pull } = requirePull(forge, request);
    const since = query(request, 'since');
    const items = forge.state.comments.filter(
      ({ repoId, pullNumber, updatedAt }) =>
        repoId === pull.repoId && pullNumber === pull.number && updatedAt >= since,
    );
    response.setHeader('X-Total-Count', String(items.length));
    sendJson(
      response,
      200,
      items.map((comment) => commentWire(forge, pull, comment)),
    );
  });
  routes.post('/issues/:number/comments', (request, response) => {
    const { pull } = requirePull(forge, request);
    const user = requireUser(forge, request);
    const { body } = readBody(request, CommentBody);
    const now = timestamp();
    const comment: Comment = {
      id: takeId(forge.state, 'comment'),
      repoId: pull.repoId,
      pullNumber: pull.number,
      authorId: user.id,
      body,
      createdAt: now,
      updatedAt: now,
    };
    forge.state.comments.push(comment);
    pull.updatedAt = now;
    forge.store.save();
    publishComment(forge, pull, { action: 'created', comment, sender: user });
    sendJson(response, 201, commentWire(forge, pull, comment));
  });
  routes.patch('/issues/comments/:id', (request, response) => {
    const { comment, pull, user } = requireOwnComment(forge, request);
    const { body } = readBody(request, CommentBody);
    const changes = { body: { from: comment.body } };
    comment.body = body;
    comment.updatedAt = timestamp();
    forge.store.save();
    publishComment(forge, pull, { action: 'edited', comment, sender: user, changes });
    sendJson(response, 200, commentWire(forge, pull, comment));
  });
  routes.delete('/issues/comments/:id', (request, response) => {
    const { comment, pull, user } = requireOwnComment(forge, request);
    forge.state.comments.splice(forge.state.comments.indexOf(comment), 1);
    forge.store.save();
    publishComment(forge, pull, { action: 'deleted', comment, sender: user });
    sendJson(response, 204, null);
  });
  return routes;
}
