import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { Hint, TaskSignals } from '../api/hint.ts';
import {
  ATTRIBUTES,
  QUEUES,
  TASK_WORKFLOW,
  boardChanged,
  forgeChanged,
  laneWorkflowId,
  statusReported,
  taskWorkflowId,
} from '../workflows/contract.ts';
import type { TaskArgs } from '../workflows/contract.ts';
import { within } from './temporal-client.ts';

const DEADLINE_MS = 2000;

/** Hints as signals; each call has 2 s. A plain signal to a workflow that is not there answers `no task`. */
export function createTaskSignals(client: Client): TaskSignals {
  return {
    async send(hint) {
      try {
        await within(client, DEADLINE_MS, () => deliver(client, hint));
        return 'sent';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'no task';
        throw error;
      }
    },
  };
}

async function deliver({ workflow }: Client, hint: Hint): Promise<void> {
  switch (hint.kind) {
    case 'start': {
      const { input, title } = hint;
      await workflow.signalWithStart(TASK_WORKFLOW, {
        workflowId: taskWorkflowId(input.id),
        taskQueue: QUEUES.flow,
        args: [{ input, carried: null } satisfies TaskArgs],
        signal: boardChanged,
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: summaryOf(`${input.id} ${title}`),
        typedSearchAttributes: [
          { key: ATTRIBUTES.project, value: input.project },
          { key: ATTRIBUTES.repo, value: input.repo },
          { key: ATTRIBUTES.workItem, value: input.id },
        ],
      });
      return;
    }
    case 'board':
      await workflow.getHandle(taskWorkflowId(hint.id)).signal(boardChanged);
      return;
    case 'forge':
      await workflow.getHandle(taskWorkflowId(hint.id)).signal(forgeChanged);
      return;
    case 'status':
      await workflow.getHandle(laneWorkflowId(hint.repo)).signal(statusReported, { sha: hint.sha });
      return;
  }
}

const MAX_SUMMARY_BYTES = 200;

/** One line of plain text for a field that shows markdown; the server refuses more than 400 bytes. */
export function summaryOf(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').replace(/[\\`*_[\]<>!#|~]/g, '\\$&');
  let summary = '';
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (Buffer.byteLength(summary + segment) > MAX_SUMMARY_BYTES) return `${summary}…`;
    summary += segment;
  }
  return summary;
}
