import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '@temporalio/client';
import type { Hint } from '../../api/hint.ts';
import { createTaskSignals } from '../../workers/task-signals.ts';
import { openTemporalClient } from '../../workers/temporal-client.ts';
import { ATTRIBUTES, taskWorkflowId } from '../../workflows/contract.ts';
import { toRepoSlug, toSha, toTaskId } from '../../workflows/domain/ids.ts';

const TITLE = 'Тест <1m: ![x](http://tracker) **bold**\n👩‍👩‍👧‍👦'.repeat(20);
const REPO = toRepoSlug('acme/ghosts');
let client: Client;

beforeAll(() => {
  client = openTemporalClient({ address: inject('temporalAddress'), namespace: 'default' });
});
afterAll(() => client.connection.close());

/** A start of a task nobody else uses. */
function startHint() {
  const id = toTaskId(`GHOST-${randomInt(1, 1e8)}`);
  const hint: Hint = {
    kind: 'start',
    title: TITLE,
    input: { project: 'ghosts', id, itemId: 'uuid', repo: REPO },
  };
  return { id, hint };
}

describe('hints at a real Temporal', () => {
  it('ORCH-053, ET-006: many starts at once make one task, found by its attributes', async () => {
    const { id, hint } = startHint();
    const signals = createTaskSignals(client);
    const answers = await Promise.all(Array.from({ length: 20 }, () => signals.send(hint)));
    expect(new Set(answers)).toEqual(new Set(['sent']));

    const handle = client.workflow.getHandle(taskWorkflowId(id));
    const description = await handle.describe();
    expect(description.typedSearchAttributes.get(ATTRIBUTES.workItem)).toBe(id);
    expect(description.typedSearchAttributes.get(ATTRIBUTES.repo)).toBe(REPO);
    const summary = await description.staticSummary();
    expect(summary).toContain(`${id} Тест`);
    expect(summary).not.toMatch(/\n|!\[x\]/);

    const { events } = await handle.fetchHistory();
    const signalled = events?.filter((event) => event.workflowExecutionSignaledEventAttributes);
    expect(signalled).toHaveLength(20);
    await handle.terminate();
  });

  it('a task that ended is started again, and hinted again', async () => {
    const { id, hint } = startHint();
    const signals = createTaskSignals(client);
    const handle = client.workflow.getHandle(taskWorkflowId(id));
    await signals.send(hint);
    const first = await handle.describe();
    await handle.terminate();
    expect(await signals.send({ kind: 'board', id })).toBe('no task');
    await signals.send(hint);
    expect((await handle.describe()).runId).not.toBe(first.runId);
    expect(await signals.send({ kind: 'forge', id })).toBe('sent');
    await handle.terminate();
  });

  it('a plain hint to a task or lane that is not there is no failure', async () => {
    const signals = createTaskSignals(client);
    const { id } = startHint();
    const sha = toSha('a'.repeat(40));
    const repo = toRepoSlug(`acme/${id}`);
    for (const hint of [
      { kind: 'board', id },
      { kind: 'forge', id },
      { kind: 'status', repo, sha },
    ] as const) {
      expect(await signals.send(hint)).toBe('no task');
    }
  });

  it('a server that is away is a failure, not "no task"', async () => {
    const away = openTemporalClient({ address: '127.0.0.1:1', namespace: 'default' });
    await expect(createTaskSignals(away).send(startHint().hint)).rejects.toThrow();
    await away.connection.close();
  });
});
