import { Router } from 'express';
import { z } from 'zod';
import {
  ApiError,
  notFound,
  param,
  readBody,
  requirePull,
  requireUser,
  requireWriter,
  sendJson,
  sendPage,
  viewerOf,
} from '../api.ts';
import { publishReview } from '../events.ts';
import type { Forge } from '../forge.ts';
import {
  isRepoWriter,
  takeId,
  timestamp,
  type Pull,
  type Repo,
  type Review,
  type User,
} from '../state.ts';
import { reviewWire } from '../wire-pull.ts';

const NewReview = z.object({
  event: z.enum(['APPROVED', 'REQUEST_CHANGES', 'COMMENT', 'PENDING', '']).default(''),
  body: z.string().default(''),
  commit_id: z.string().default(''),
  comments: z.array(z.unknown()).default([]),
});
type NewReview = z.infer<typeof NewReview>;

function refuseReview(pull: Pull, user: User, { event, body, comments }: NewReview): void {
  const own = pull.authorId === user.id;
  if (own && event === 'APPROVED') throw new ApiError(422, 'approve your own pull is not allowed');
  if (own && event === 'REQUEST_CHANGES') {
    throw new ApiError(422, 'reject your own pull is not allowed');
  }
  const silent = body.trim() === '';
  if (silent && event === 'REQUEST_CHANGES') {
    throw new ApiError(422, 'review event REQUEST_CHANGES requires a body or a comment');
  }
  if (silent && event === 'COMMENT' && comments.length === 0) {
    throw new ApiError(422, 'review event COMMENT requires a body or a comment');
  }
}

function reviewsOf(forge: Forge, pull: Pull): Review[] {
  return forge.state.reviews.filter(
    ({ repoId, pullNumber }) => repoId === pull.repoId && pullNumber === pull.number,
  );
}

// A verdict replaces the same reviewer's earlier one.
function dismissEarlier(forge: Forge, pull: Pull, user: User): void {
  for (const review of reviewsOf(forge, pull)) {
    if (review.authorId !== user.id || !['APPROVED', 'REQUEST_CHANGES'].includes(review.state)) {
      continue;
    }
    review.dismissed = true;
    review.official = false;
  }
}

function addReview(
  forge: Forge,
  { repo, pull, user }: { repo: Repo; pull: Pull; user: User },
  asked: NewReview,
): Review {
  const verdict = asked.event === 'APPROVED' || asked.event === 'REQUEST_CHANGES';
  if (verdict) dismissEarlier(forge, pull, user);
  const commitId = asked.commit_id || pull.headSha;
  const review: Review = {
    id: takeId(forge.state, 'review'),
    commentId: takeId(forge.state, 'comment'),
    repoId: repo.id,
    pullNumber: pull.number,
    authorId: user.id,
    state: asked.event || 'PENDING',
    body: asked.body,
    commitId,
    stale: commitId !== pull.headSha,
    official: verdict && isRepoWriter(user, repo),
    dismissed: false,
    submittedAt: timestamp(),
  };
  forge.state.reviews.push(review);
  pull.updatedAt = review.submittedAt;
  forge.store.save();
  publishReview(forge, pull, review);
  return review;
}

/** Reviews of a pull request; POST answers 200. */
export function reviewRoutes(forge: Forge): Router {
  const routes = Router({ mergeParams: true });
  routes.get('/pulls/:number/reviews', (request, response) => {
    const { pull } = requirePull(forge, request);
    const viewer = viewerOf(forge, request);
    const render = (review: Review) => reviewWire(forge, { pull, review, viewer });
    sendPage(forge, { request, response }, { items: reviewsOf(forge, pull), render });
  });
  routes.post('/pulls/:number/reviews', (request, response) => {
    const { repo, pull } = requirePull(forge, request);
    const user = requireUser(forge, request);
    const asked = readBody(request, NewReview);
    refuseReview(pull, user, asked);
    const review = addReview(forge, { repo, pull, user }, asked);
    sendJson(response, 200, reviewWire(forge, { pull, review, viewer: user }));
  });
  routes.post('/pulls/:number/reviews/:id/dismissals', (request, response) => {
    const { pull } = requirePull(forge, request);
    const { user } = requireWriter(forge, request);
    const id = Number(param(request, 'id'));
    const review = reviewsOf(forge, pull).find((candidate) => candidate.id === id);
    if (review === undefined) throw notFound();
    review.dismissed = true;
    forge.store.save();
    sendJson(response, 200, reviewWire(forge, { pull, review, viewer: user }));
  });
  return routes;
}
