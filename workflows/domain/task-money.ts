import type { BudgetPolicy, MoneyAddition } from './budget.ts';
import type { RunSummary } from './runs.ts';
import type { TaskView } from './task-state.ts';
import { allRuns } from './usage.ts';

/** What was said to an addition. `extraUsd` = all that was added for this life. */
export type AdditionAnswer = { kind: 'added' | 'repeated'; extraUsd: number };

/** What a life spent. USD; `unknownRuns` ran at a price nobody told and are counted with what was put aside for them. */
export interface TaskSpent {
  knownUsd: number;
  unknownRuns: number;
  unknownUsd: number;
}

const MAX_ADDITION_USD = 10_000;

/** Why an addition is refused; null = it is taken. */
export function judgeAddition({ id, usd }: MoneyAddition): string | null {
  if (id.trim() === '' || id.length > 200)
    return 'an addition needs an id of at most 200 characters';
  if (!(usd > 0) || usd > MAX_ADDITION_USD) {
    return `an addition is more than 0 and at most ${MAX_ADDITION_USD} USD`;
  }
  return null;
}

/** The additions with one more; one whose id is known changes nothing. */
export function addMoney(
  additions: readonly MoneyAddition[],
  addition: MoneyAddition,
): { additions: readonly MoneyAddition[]; answer: AdditionAnswer } {
  const isKnown = additions.some(({ id }) => id === addition.id);
  const all = isKnown ? additions : [...additions, addition];
  return {
    additions: all,
    answer: { kind: isKnown ? 'repeated' : 'added', extraUsd: extraUsdOf(all) },
  };
}

/** All money people added for a life, USD. */
export function extraUsdOf(additions: readonly MoneyAddition[]): number {
  return additions.reduce((sum, { usd }) => sum + usd, 0);
}

/** What a run of `role` may cost as far as the budget is asked, USD. */
export function amountOf(
  role: { maxBudgetUsd: number | null },
  { reserveUsd }: Pick<BudgetPolicy, 'reserveUsd'>,
): number {
  return role.maxBudgetUsd ?? reserveUsd;
}

/** What the runs of a life cost; a run of unknown price counts as `amountUsd(run)`. */
export function spentOn(
  runs: readonly RunSummary[],
  amountUsd: (run: RunSummary) => number,
): TaskSpent {
  const known = runs.map((run) => run.usage?.costUsd ?? null);
  const unknown = runs.filter((_, index) => known[index] === null);
  return {
    knownUsd: known.reduce<number>((sum, costUsd) => sum + (costUsd ?? 0), 0),
    unknownRuns: unknown.length,
    unknownUsd: unknown.reduce((sum, run) => sum + amountUsd(run), 0),
  };
}

/** Whether the task may spend `usd` more; null = it may, else why not, for people. Source: product 11. */
export function judgeTaskMoney(
  spent: TaskSpent,
  usd: number,
  { taskUsd, extraUsd }: { taskUsd: number | null; extraUsd: number },
): string | null {
  if (taskUsd === null) return null;
  const limitUsd = taskUsd + extraUsd;
  if (spent.knownUsd + spent.unknownUsd + usd <= limitUsd + HALF_CENT) return null;
  return `${describeSpent(spent)} of $${limitUsd.toFixed(2)} are spent and the next run may cost $${usd.toFixed(2)}`;
}

/** Sums of prices are not exact; half a cent is nobody's limit. */
const HALF_CENT = 0.005;

/** What was spent, for people: unknown is named, never 0. */
export function describeSpent({ knownUsd, unknownRuns, unknownUsd }: TaskSpent): string {
  const known = `$${knownUsd.toFixed(2)}`;
  if (unknownRuns === 0) return known;
  return `${known} and ${unknownRuns} ${unknownRuns === 1 ? 'run' : 'runs'} of unknown price (counted as $${unknownUsd.toFixed(2)})`;
}

/** What a life spent, seen from outside. */
export function spentByTask(
  task: Pick<TaskView, 'runs' | 'openRun'>,
  policy: {
    budget: BudgetPolicy;
    roles: Readonly<Record<string, { maxBudgetUsd: number | null }>>;
  },
): TaskSpent {
  return spentOn(allRuns(task), ({ role }) =>
    amountOf(policy.roles[role] ?? { maxBudgetUsd: null }, policy.budget),
  );
}
