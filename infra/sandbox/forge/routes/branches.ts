import { Router } from 'express';
import { z } from 'zod';
import {
  ApiError,
  notFound,
  param,
  readBody,
  requireRepo,
  requireWriter,
  sendJson,
  setPageHeaders,
  pageOf,
  viewerOf,
} from '../api.ts';
import { defaultBranch } from '../events.ts';
import { gitDir, inTurn, type Forge } from '../forge.ts';
import { readCommit, resolveCommit, ZERO_SHA } from '../git-objects.ts';
import { swapRef } from '../git-merge.ts';
import { mayPush, protectionOf } from '../protections.ts';
import { settleRefs } from '../ref-changes.ts';
import { isRepoWriter, type Protection, type Repo, type User } from '../state.ts';
import { branchCommitWire, type Viewer } from '../wire-common.ts';

const NewBranch = z.object({
  new_branch_name: z.string().min(1),
  old_ref_name: z.string().optional(),
  old_branch_name: z.string().optional(),
});

const HEADS = 'refs/heads/';

async function branchWire(
  forge: Forge,
  repo: Repo,
  { name, viewer }: { name: string; viewer: Viewer },
) {
  const sha = repo.refs[`${HEADS}${name}`];
  const commit = sha === undefined ? null : await readCommit(gitDir(forge, repo), sha);
  if (commit === null) throw notFound();
  const writer = viewer !== null && isRepoWriter(viewer, repo);
  const rule = protectionOf(repo, name);
  return {
    name,
    commit: branchCommitWire(forge, repo, commit),
    protected: rule !== null,
    ...protectionSummary(rule),
    user_can_push: writer && (rule === null || mayPush(rule, viewer)),
    user_can_merge: writer,
    effective_branch_protection_name: rule?.rule_name ?? '',
  };
}

function protectionSummary(rule: Protection | null) {
  return {
    required_approvals: rule?.required_approvals ?? 0,
    enable_status_check: rule?.enable_status_check ?? false,
    status_check_contexts: rule?.status_check_contexts ?? [],
  };
}

async function startingPoint(
  forge: Forge,
  repo: Repo,
  asked: z.infer<typeof NewBranch>,
): Promise<string> {
  const { old_ref_name, old_branch_name } = asked;
  if (old_ref_name !== undefined && old_ref_name !== '') {
    const sha = await resolveCommit(gitDir(forge, repo), old_ref_name);
    if (sha === null) throw new ApiError(500, `object does not exist [id: ${old_ref_name}]`);
    return sha;
  }
  const sha = repo.refs[`${HEADS}${old_branch_name ?? defaultBranch(repo)}`];
  if (sha === undefined) throw new ApiError(404, 'The old branch does not exist');
  return sha;
}

async function createBranch(
  forge: Forge,
  { repo, user }: { repo: Repo; user: User },
  asked: z.infer<typeof NewBranch>,
): Promise<void> {
  const name = asked.new_branch_name;
  const ref = `${HEADS}${name}`;
  if (ref in repo.refs) throw new ApiError(409, 'The branch already exists.');
  if (`refs/tags/${name}` in repo.refs) {
    throw new ApiError(409, 'The branch with the same tag already exists.');
  }
  const sha = await startingPoint(forge, repo, asked);
  await inTurn(forge.locks, repo, async () => {
    const answer = await swapRef(gitDir(forge, repo), { ref, from: ZERO_SHA, to: sha });
    if (answer.code !== 0) throw new ApiError(422, answer.stderr.trim());
    await settleRefs(forge, repo, user);
  });
}

/** Deletes a branch, which closes the pull requests it is the head of; throws 403 for a protected or default one. */
export async function deleteBranch(
  forge: Forge,
  { repo, user }: { repo: Repo; user: User },
  name: string,
): Promise<void> {
  const ref = `${HEADS}${name}`;
  const sha = repo.refs[ref];
  if (sha === undefined) throw notFound();
  if (name === defaultBranch(repo)) throw new ApiError(403, 'can not delete default branch');
  if (protectionOf(repo, name) !== null) throw new ApiError(403, 'branch protected');
  await inTurn(forge.locks, repo, async () => {
    const answer = await swapRef(gitDir(forge, repo), { ref, from: sha, to: ZERO_SHA });
    if (answer.code !== 0) throw new ApiError(500, answer.stderr.trim());
    await settleRefs(forge, repo, user);
  });
}

/** Branches; names may hold slashes, encoded or not. */
export function branchRoutes(forge: Forge): Router {
  const routes = Router({ mergeParams: true });
  routes.get('/branches', async (request, response) => {
    const repo = requireRepo(forge, request);
    const viewer = viewerOf(forge, request);
    const names = Object.keys(repo.refs)
      .filter((ref) => ref.startsWith(HEADS))
      .map((ref) => ref.slice(HEADS.length));
    const { skip, limit } = pageOf(request);
    setPageHeaders(forge, { request, response }, names.length);
    const shown = names.slice(skip, skip + limit);
    const wires = shown.map((name) => branchWire(forge, repo, { name, viewer }));
    sendJson(response, 200, await Promise.all(wires));
  });
  routes.post('/branches', async (request, response) => {
    const { repo, user } = requireWriter(forge, request);
    const asked = readBody(request, NewBranch);
    await createBranch(forge, { repo, user }, asked);
    const name = asked.new_branch_name;
    sendJson(response, 201, await branchWire(forge, repo, { name, viewer: user }));
  });
  routes.get('/branches/*branch', async (request, response) => {
    const repo = requireRepo(forge, request);
    const viewer = viewerOf(forge, request);
    const name = param(request, 'branch');
    sendJson(response, 200, await branchWire(forge, repo, { name, viewer }));
  });
  routes.delete('/branches/*branch', async (request, response) => {
    await deleteBranch(forge, requireWriter(forge, request), param(request, 'branch'));
    sendJson(response, 204, null);
  });
  return routes;
}
