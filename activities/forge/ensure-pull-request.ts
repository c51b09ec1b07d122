import type { TaskRef } from '../../workflows/domain/task-state.ts';
import type { ForgeClient, ForgePull } from '../clients/gitea/client.ts';
import { ToolError } from '../errors.ts';

const MAIN = 'main';

/** The open pull request of the task's branch into main, opened when there is none. Source: ORCH-082. */
export async function ensurePullRequest(
  forge: ForgeClient,
  pull: { task: TaskRef; title: string; itemUrl: string },
): Promise<{ number: number; url: string }> {
  const { task } = pull;
  const found = (await forge.listOpenPulls(task.repo)).find((open) => isOf(task, open));
  if (found !== undefined) return { number: found.number, url: found.url };
  const answer = await forge.createPull(task.repo, {
    head: task.branch,
    base: MAIN,
    title: `${task.id}: ${pull.title}`.slice(0, 250),
    body: `[${task.id}](${pull.itemUrl})`,
  });
  if (answer.kind === 'created') return { number: answer.pull.number, url: answer.pull.url };
  const existing = await forge.readPull(task.repo, answer.number);
  if (!isOf(task, existing)) {
    throw new ToolError(`pull request ${answer.number} stands for ${task.branch} but is not it`);
  }
  return { number: existing.number, url: existing.url };
}

function isOf(task: TaskRef, pull: ForgePull): boolean {
  const { isOpen, fromFork, head, base } = pull;
  return isOpen && !fromFork && head.ref === task.branch && base.ref === MAIN;
}
