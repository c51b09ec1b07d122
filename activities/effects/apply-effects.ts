import { taskWorkflowId } from '../../workflows/contract.ts';
import type { EffectsInput } from '../../workflows/domain/activities.ts';
import { renderCard } from '../../workflows/domain/card.ts';
import type { Effect } from '../../workflows/domain/effects.ts';
import { documentsOf } from '../../workflows/domain/ids.ts';
import type { TaskPolicy } from '../../workflows/domain/policy.ts';
import type { Project } from '../../workflows/domain/project.ts';
import type { Links } from '../../workflows/domain/texts/language-pack.ts';
import { renderComment, renderNotice } from '../../workflows/domain/texts/render.ts';
import { linksOf } from '../../workflows/domain/texts/task-links.ts';
import { addComment } from '../board/add-comment.ts';
import { setStatus } from '../board/set-status.ts';
import type { FlowPorts } from '../flow-ports.ts';
import { postEvidence } from '../forge/post-evidence.ts';
import { callTimeMs } from '../notify/chat-port.ts';
import type { ChatPorts } from '../notify/chat-port.ts';
import { sendNotices } from '../notify/send-notices.ts';
import { updateCard } from '../notify/update-card.ts';

/** A batch with what Temporal says of this attempt, in epoch ms. */
export interface ScheduledEffects extends EffectsInput {
  /** grows from batch to batch of a life, equal in all attempts of one */
  scheduledAtMs: number;
  /** when the chat must be left alone */
  deadlineMs: number;
}

interface Batch {
  ports: FlowPorts;
  project: Project;
  input: ScheduledEffects;
  links: Links;
}

/**
 * Carries out a transition's effects: ledger rows first, in one transaction, then board and forge in order, then the chat. Board,
 * forge and ledger failures throw and the whole batch is repeated harmlessly; the chat's are counted and made good by a later batch.
 */
export async function applyEffects(
  ports: FlowPorts,
  input: ScheduledEffects,
): Promise<{ policy: TaskPolicy | null }> {
  const project = ports.registry.byKey(input.task.project);
  const links = linksOf({
    addresses: ports.addresses,
    project,
    view: input.view,
    workflowId: taskWorkflowId(input.task.id),
    runId: input.runId,
  });
  const batch = { ports, project, input, links };
  await recordBatch(batch);
  for (const effect of input.effects) await applyEffect(batch, effect);
  await tellChat(batch);
  const { policy } = project;
  return { policy: policy.version === input.policyVersion ? null : policy };
}

async function recordBatch({ ports, project, input, links }: Batch): Promise<void> {
  const { task, runId, effects, view } = input;
  const brd = `${documentsOf(task.id)}/01-brd.md`;
  const about = { id: task.id, title: view.title, links, brd };
  const notices = effects
    .filter((effect) => effect.kind === 'notice')
    .map(({ key, text }) => ({ key, body: renderNotice(text, project.policy.language, about) }));
  await ports.ledger.recordBatch({
    task,
    runId,
    writtenBy: input.scheduledAtMs,
    view,
    effects,
    notices,
  });
}

async function applyEffect(batch: Batch, effect: Effect): Promise<void> {
  const { ports, project, input, links } = batch;
  switch (effect.kind) {
    case 'status': {
      const change = { itemId: input.task.itemId, status: effect.status };
      const answer = await setStatus(ports.board, project, change);
      ports.log.info({ task: input.task.id, status: effect.status, answer }, 'board status');
      return;
    }
    case 'comment': {
      const html = renderComment(effect.text, project.policy.language, links);
      const { key, by } = effect;
      await addComment(ports.board, project, { task: input.task, key, by, html });
      return;
    }
    case 'evidence':
      await showEvidence(batch, effect);
      return;
    case 'notice':
    case 'transition':
    case 'verdict':
    case 'run':
      return;
  }
}

async function showEvidence(
  { ports, input }: Batch,
  effect: Extract<Effect, { kind: 'evidence' }>,
): Promise<void> {
  const { task, view } = input;
  const document = await ports.ledger.read(effect.documentId);
  if (view.pullRequest === null || document === null) {
    ports.log.warn({ task: task.id, key: effect.key }, 'evidence has no pull request or no text');
    return;
  }
  await postEvidence(ports.forge, {
    repo: task.repo,
    number: view.pullRequest.number,
    life: task.life,
    key: effect.key,
    body: document.body,
  });
}

async function tellChat({ ports, project, input, links }: Batch): Promise<void> {
  if (ports.chat === null) return;
  const chat: ChatPorts = {
    chat: ports.chat,
    ledger: ports.ledger,
    log: ports.log,
    failed: ports.chatFailed,
    deadlineMs: input.deadlineMs,
  };
  const { life, id: taskId } = input.task;
  const sender = `${life}/${input.scheduledAtMs}`;
  const isUp = await sendNotices(chat, { project: project.key, sender });
  if (!isUp || callTimeMs(chat) === null) return;
  const text = renderCard(input.view, project.policy.language, links);
  await updateCard(chat, { life, taskId, text });
}
