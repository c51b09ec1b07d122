import type { BudgetView, ProjectLimits, Spent } from '../../workflows/domain/budget.ts';
import { describeSpent } from '../../workflows/domain/task-money.ts';
import type { AdditionAnswer, TaskSpent } from '../../workflows/domain/task-money.ts';
import { writeColumns } from './columns.ts';
import type { Paper } from './columns.ts';
import { taskOf } from './write-pool.ts';

/** What `orch task budget` answers. USD; null = no limit. */
export interface TaskBudget {
  id: string;
  spent: TaskSpent;
  limitUsd: number | null;
  addedUsd: number;
  additions: readonly { usd: number; by: string }[];
}

/** Writes what one task spent and may spend. */
export function writeTaskBudget(paper: Paper, budget: TaskBudget): void {
  const { id, spent, limitUsd, addedUsd, additions } = budget;
  const limit = limitUsd === null ? 'no limit of its own' : `of ${dollars(limitUsd + addedUsd)}`;
  paper.write(`${id} spent ${describeSpent(spent)}, ${limit}`);
  for (const { usd, by } of additions) paper.write(`${by} added ${dollars(usd)}`);
}

/** What an addition changed, in one line; `limitUsd` null = the task has no limit, undefined = not known. */
export function describeAddition(about: {
  id: string;
  usd: number;
  limitUsd: number | null | undefined;
  answer: AdditionAnswer;
}): string {
  const { id, usd, limitUsd, answer } = about;
  const what = answer.kind === 'added' ? `${dollars(usd)} added` : 'added before';
  const use = limitUsd === null ? '; it has no limit, so this changes nothing yet' : '';
  return `${id}: ${what}, ${dollars(answer.extraUsd)} in all${use}`;
}

/** Writes what a project spent, has put aside and may spend; `view` null = its budget was never asked. */
export function writeBudget(
  paper: Paper,
  about: { project: string; limits: ProjectLimits; view: BudgetView | null },
): void {
  const { project, limits, view } = about;
  if (view === null) {
    paper.write(`${project}: nothing was spent under a limit yet (${describeLimits(limits)})`);
    return;
  }
  const { day, month, project: all, asideUsd, queue, reservations } = view;
  const row = (
    name: string,
    { knownUsd, unknownUsd, addedUsd }: Spent,
    limitUsd: number | null,
  ) => [
    name,
    ...[knownUsd, unknownUsd, addedUsd].map(dollars),
    limitUsd === null ? 'none' : dollars(limitUsd),
  ];
  writeColumns(
    paper,
    ['SPAN', 'SPENT', 'UNKNOWN PRICE', 'OF IT ADDED', 'LIMIT'],
    [
      row(day.span, day, limits.dayUsd),
      row(month.span, month, null),
      row('all', all, limits.projectUsd),
    ],
  );
  paper.write('');
  paper.write(`put aside for runs (${reservations.length}): ${dollars(asideUsd)}`);
  if (queue.length === 0) return;
  paper.write('');
  writeColumns(
    paper,
    ['TASK', 'WANTS', 'WHY IT WAITS'],
    queue.map(({ workflowId, usd, reason }) => [taskOf(workflowId), dollars(usd), reason]),
  );
}

function describeLimits({ dayUsd, projectUsd }: ProjectLimits): string {
  if (dayUsd === null && projectUsd === null) return 'it has none';
  const day = dayUsd === null ? 'no limit' : dollars(dayUsd);
  const all = projectUsd === null ? 'no limit' : dollars(projectUsd);
  return `${day} a day, ${all} in all`;
}

const dollars = (usd: number): string => `$${usd.toFixed(2)}`;
