import { defaultPayloadConverter } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { ATTRIBUTES, taskWorkflowId } from '../../workflows/contract.ts';
import type { TaskId } from '../../workflows/domain/ids.ts';

/** Everything a task ever showed as WaitingOn, in order, as its history tells it: also what nobody looked in time to see. */
export async function waitsOf(client: Client, id: TaskId): Promise<readonly string[]> {
  const history = await client.workflow.getHandle(taskWorkflowId(id)).fetchHistory();
  const shown = (history.events ?? []).flatMap((event) => {
    const fields =
      event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
    const payload = fields?.[ATTRIBUTES.waitingOn.name];
    return payload ? [defaultPayloadConverter.fromPayload<string>(payload)] : [];
  });
  return shown.filter((on, index) => on !== 'none' && on !== shown[index - 1]);
}
