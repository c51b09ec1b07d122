import type { PoolView } from '../../workflows/domain/pool-line.ts';
import { writeColumns } from './columns.ts';
import type { Paper } from './columns.ts';

/** Writes who works and who waits, and on what of whom. */
export function writePool(paper: Paper, { hosts, providers, holders, queue }: PoolView): void {
  if (hosts.length === 0) {
    paper.write('no agent was asked for yet');
    return;
  }
  writeColumns(
    paper,
    ['HOST', 'SLOTS', 'TAKEN'],
    hosts.map(({ host, slots, taken }) => [host, String(slots), String(taken)]),
  );
  paper.write('');
  writeColumns(
    paper,
    ['PROVIDER', 'SLOTS', 'TAKEN', 'FAILED IN A ROW', 'PAUSED'],
    providers.map(({ provider, slots, taken, failures, paused }) => [
      provider,
      slots === null ? 'any' : String(slots),
      String(taken),
      String(failures),
      paused ?? '',
    ]),
  );
  paper.write('');
  writeColumns(
    paper,
    ['TASK', 'PLACE', 'HOST', 'PROVIDER', 'PRIORITY', 'SINCE OR WHY'],
    [
      ...holders.map(({ workflowId, host, provider, since }) => [
        ...[taskOf(workflowId), 'works', host, provider, '', since],
      ]),
      ...queue.map(({ workflowId, host, provider, priority, position, reason }) => [
        ...[taskOf(workflowId), String(position), host, provider, priority, reason],
      ]),
    ],
  );
}

/** A task's workflow id as people know the task. */
export function taskOf(workflowId: string): string {
  return workflowId.replace(/^task:/, '');
}
