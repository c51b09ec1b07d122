import { continueAsNew, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import { poolView, slotAnswered, slotRequested, slotReturned } from './contract.ts';
import type { PoolArgs } from './contract.ts';
import {
  advancePool,
  dropSlots,
  EMPTY_POOL,
  poolWakeAt,
  returnSlot,
  takeSlotRequest,
} from './domain/agent-pool.ts';
import type { PoolChange, PoolState } from './domain/agent-slot.ts';
import { viewPool } from './domain/pool-line.ts';
import { keepGranting } from './grantor.ts';
import type { Grantor } from './grantor.ts';

/**
 * Gives agent slots to tasks, by host and by provider, and leaves a provider alone that is limited or failing. There is one;
 * it lives for ever by continue-as-new.
 *
 * | state | event | next | if the step fails |
 * | --- | --- | --- | --- |
 * | request unknown | slotRequested | granted or queued, answered | the waiter repeats its request |
 * | request known | slotRequested | priority and host slots taken over, answered again | the waiter repeats its request |
 * | queued | its place or reason changes | told, at most once a second | it is told when it repeats its request |
 * | granted | slotReturned | slot free, the provider's breaker told, the line granted what is free | the sweep finds the closed holder |
 * | granted | holder dies | sweep drops it | the next sweep |
 * | provider paused | the pause ends | the line is granted what is free | the timer is durable |
 * | any | history long | continue as new with the state | the old run goes on |
 */
export async function agentPool(args: PoolArgs): Promise<void> {
  let state: PoolState = args.carried ?? EMPTY_POOL;
  const outbox: Grantor['outbox'] = [];
  const take = (change: PoolChange): void => {
    state = change.state;
    for (const { workflowId, answer } of change.answers) {
      outbox.push(() => getExternalWorkflowHandle(workflowId).signal(slotAnswered, answer));
    }
  };
  setHandler(slotRequested, (request) => {
    take(takeSlotRequest(state, request, Date.now()));
  });
  setHandler(slotReturned, (slot) => {
    take(returnSlot(state, slot, Date.now()));
  });
  setHandler(poolView, () => viewPool(state, Date.now()));
  await keepGranting({
    outbox,
    sweepMs: args.sweepMs,
    describe: () => describe(state),
    holders: () => [...state.holders, ...state.queue],
    drop: (requestIds) => {
      take(dropSlots(state, requestIds, Date.now()));
    },
    wakeAt: () => poolWakeAt(state, Date.now()),
    wake: () => {
      take(advancePool(state, Date.now()));
    },
  });
  await continueAsNew<typeof agentPool>({ ...args, carried: state });
}

function describe(state: PoolState): string {
  const { hosts, providers, holders, queue } = viewPool(state, Date.now());
  return [
    '**hosts**',
    ...hosts.map(({ host, slots, taken }) => `- ${host}: ${taken} of ${slots}`),
    '',
    '**providers**',
    ...providers.map(
      ({ provider, slots, taken, paused }) =>
        `- ${provider}: ${taken}${slots === null ? '' : ` of ${slots}`}${paused === null ? '' : `; ${paused}`}`,
    ),
    '',
    '**work**',
    ...holders.map(({ workflowId, host, provider }) => `- ${workflowId} on ${host} (${provider})`),
    '',
    '**wait**',
    ...queue.map(
      ({ workflowId, position, reason }) => `- ${workflowId}, number ${position}: ${reason}`,
    ),
  ].join('\n');
}
