import { activityInfo } from '@temporalio/activity';
import type { FlowActivities } from '../workflows/domain/activities.ts';
import { itemLink } from '../workflows/domain/links.ts';
import { readItem } from './board/read-item.ts';
import { reserveBudget } from './budget/reserve-budget.ts';
import { applyEffects } from './effects/apply-effects.ts';
import type { FlowPorts } from './flow-ports.ts';
import { closePullRequest } from './forge/close-pull-request.ts';
import { ensurePullRequest } from './forge/ensure-pull-request.ts';
import { mergePullRequest } from './forge/merge-pull-request.ts';
import { readCi } from './forge/read-ci.ts';
import { readMergeable } from './forge/read-mergeable.ts';
import { withHeartbeats } from './heartbeat.ts';
import { findDeadHolders } from './lane/find-dead-holders.ts';
import { requestGrant } from './lane/request-grant.ts';
import { requestAgentSlot } from './pool/request-agent-slot.ts';

/** Binds the short activities to their ports. */
export function createFlowActivities(ports: FlowPorts): FlowActivities {
  const { registry, board, forge, ledger, workflows } = ports;
  return {
    readPolicy: ({ project }) => inTurn(() => registry.byKey(project).policy),
    readItem: (task) => beating(() => readItem(board, registry.byKey(task.project), task.itemId)),
    applyEffects: (input) => beating(() => applyEffects(ports, { ...input, ...readTimes() })),
    requestGrant: (input) => requestGrant(workflows, input),
    requestAgentSlot: (input) => requestAgentSlot(ports, input),
    reserveBudget: (input) => reserveBudget(ports, input),
    findDeadHolders: (input) => findDeadHolders(workflows, input),
    ensurePullRequest: ({ task, title }) =>
      beating(() => {
        const { board: boardProject } = registry.byKey(task.project);
        const itemUrl = itemLink(ports.addresses, boardProject, task.id);
        return ensurePullRequest(forge, { task, title, itemUrl });
      }),
    readCi: (input) => beating(() => readCi({ forge, documents: ledger }, input)),
    readMergeable: (input) => readMergeable(forge, input),
    closePullRequest: (input) => beating(() => closePullRequest(forge, input)),
    mergePullRequest: (input) => beating(() => mergePullRequest(forge, input)),
  };
}

/** What is left of an attempt after the chat is for the ledger to note what was sent. */
const LEDGER_RESERVE_MS = 500;

function readTimes(): { scheduledAtMs: number; deadlineMs: number } {
  const { scheduledTimestampMs, startToCloseTimeoutMs } = activityInfo();
  return {
    scheduledAtMs: scheduledTimestampMs,
    deadlineMs: Date.now() + startToCloseTimeoutMs - LEDGER_RESERVE_MS,
  };
}

/** A call that may meet slow servers one after another and last over 10 s. */
function beating<T>(work: () => Promise<T>): Promise<T> {
  return withHeartbeats(() => null, work);
}

// eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
async function inTurn<T>(read: () => T): Promise<T> {
  return read();
}
