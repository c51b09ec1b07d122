import { Router, type Request } from 'express';
import { z } from 'zod';
import { ApiError, notFound, param, readBody, requireAdmin, sendJson, sendPage } from '../api.ts';
import type { Forge } from '../forge.ts';
import { timestamp, type Protection } from '../state.ts';

const Names = z.array(z.string()).default([]);
const Flag = z.boolean().default(false);
const NewProtection = z.object({
  rule_name: z.string().default(''),
  branch_name: z.string().default(''),
  enable_push: Flag,
  enable_push_whitelist: Flag,
  push_whitelist_usernames: Names,
  enable_force_push: Flag,
  enable_status_check: Flag,
  status_check_contexts: Names,
  required_approvals: z.number().int().min(0).default(0),
  block_on_rejected_reviews: Flag,
  block_on_outdated_branch: Flag,
  dismiss_stale_approvals: Flag,
  block_admin_merge_override: Flag,
});

function protectionWire(rule: Protection, index: number) {
  const { created_at, updated_at, ...kept } = rule;
  return {
    branch_name: rule.rule_name,
    priority: index + 1,
    push_whitelist_teams: [],
    push_whitelist_deploy_keys: false,
    enable_force_push_allowlist: false,
    force_push_allowlist_usernames: [],
    force_push_allowlist_teams: [],
    force_push_allowlist_deploy_keys: false,
    enable_merge_whitelist: false,
    merge_whitelist_usernames: [],
    merge_whitelist_teams: [],
    enable_approvals_whitelist: false,
    approvals_whitelist_username: [],
    approvals_whitelist_teams: [],
    block_on_official_review_requests: false,
    ignore_stale_approvals: false,
    require_signed_commits: false,
    protected_file_patterns: '',
    unprotected_file_patterns: '',
    ...kept,
    created_at,
    updated_at,
  };
}

function requireRule(forge: Forge, request: Request) {
  const { repo } = requireAdmin(forge, request);
  const index = repo.protections.findIndex(({ rule_name }) => rule_name === param(request, 'rule'));
  const rule = repo.protections[index];
  if (rule === undefined) throw notFound();
  return { repo, index, rule };
}

/** Branch protection rules, by rule name. */
export function protectionRoutes(forge: Forge): Router {
  const routes = Router({ mergeParams: true });
  routes.get('/branch_protections', (request, response) => {
    const { repo } = requireAdmin(forge, request);
    const items = repo.protections.map((rule, index) => protectionWire(rule, index));
    sendPage(forge, { request, response }, { items, render: (item) => item });
  });
  routes.post('/branch_protections', (request, response) => {
    const { repo } = requireAdmin(forge, request);
    const { branch_name, ...asked } = readBody(request, NewProtection);
    const rule_name = asked.rule_name || branch_name;
    if (rule_name === '') throw new ApiError(422, '[RuleName]: Required');
    if (repo.protections.some((rule) => rule.rule_name === rule_name)) {
      throw new ApiError(403, 'Branch protection already exist');
    }
    const now = timestamp();
    const rule = { ...asked, rule_name, created_at: now, updated_at: now };
    const index = repo.protections.push(rule) - 1;
    forge.store.save();
    sendJson(response, 201, protectionWire(rule, index));
  });
  routes.get('/branch_protections/:rule', (request, response) => {
    const { rule, index } = requireRule(forge, request);
    sendJson(response, 200, protectionWire(rule, index));
  });
  routes.patch('/branch_protections/:rule', (request, response) => {
    const { rule, index } = requireRule(forge, request);
    const given = readBody(request, z.record(z.string(), z.unknown()));
    const edited = NewProtection.omit({ branch_name: true }).parse({ ...rule, ...given });
    Object.assign(rule, edited, { rule_name: rule.rule_name, updated_at: timestamp() });
    forge.store.save();
    sendJson(response, 200, protectionWire(rule, index));
  });
  routes.delete('/branch_protections/:rule', (request, response) => {
    const { repo, index } = requireRule(forge, request);
    repo.protections.splice(index, 1);
    forge.store.save();
    sendJson(response, 204, null);
  });
  return routes;
}
