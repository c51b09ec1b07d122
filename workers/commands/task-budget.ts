import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { addBudget, taskWorkflowId, view } from '../../workflows/contract.ts';
import type { MoneyAddition } from '../../workflows/domain/budget.ts';
import type { TaskId } from '../../workflows/domain/ids.ts';
import { extraUsdOf, judgeAddition, spentByTask } from '../../workflows/domain/task-money.ts';
import { askWorkflow, withTemporal } from '../ask-workflow.ts';
import { CliProblem, EXIT } from '../cli-problem.ts';
import type { CommonConfig } from '../config.ts';
import { openRegistry, readProjectsOrWarn } from '../registry.ts';
import { paperOf } from '../report/columns.ts';
import { parseTaskId } from '../report/task-desk.ts';
import { describeAddition, writeTaskBudget } from '../report/write-budget.ts';
import { updateTask } from '../task-update.ts';

/** What is added, in dollars, and under which id: asking again with the same id adds nothing twice. */
export interface BudgetOptions {
  add?: string;
  id?: string;
  json?: boolean;
}

/** Shows what a task spent and may spend, or lets it spend more. Answers the exit code. */
export async function taskBudget(text: string, options: BudgetOptions): Promise<number> {
  const id = parseTaskId(text);
  return withTemporal((client, config) =>
    options.add === undefined
      ? show(client, config, { id, options })
      : add(client, config, { id, options, usd: Number(options.add) }),
  );
}

async function show(
  client: Client,
  config: CommonConfig,
  { id, options }: { id: TaskId; options: BudgetOptions },
): Promise<number> {
  const task = await askWorkflow(client, taskWorkflowId(id), view);
  if (task === null) {
    throw new CliProblem(EXIT.unknown, `no task ${id}; "orch task list" shows those there are`);
  }
  const registry = openRegistry(config.projectsFile, config.profile, pino({ level: 'silent' }));
  const { policy } = registry.byKey(task.ref.project);
  const budget = {
    id,
    spent: spentByTask(task, policy),
    limitUsd: policy.budget.taskUsd,
    addedUsd: extraUsdOf(task.additions),
    additions: task.additions,
  };
  if (options.json === true) process.stdout.write(`${JSON.stringify(budget, null, 2)}\n`);
  else writeTaskBudget(paperOf(process.stdout), budget);
  return EXIT.ok;
}

async function add(
  client: Client,
  config: CommonConfig,
  { id, options, usd }: { id: TaskId; options: BudgetOptions; usd: number },
): Promise<number> {
  const addition: MoneyAddition = {
    id: options.id ?? randomUUID(),
    usd,
    by: userInfo().username,
  };
  const problem = judgeAddition(addition);
  if (problem !== null) throw new CliProblem(EXIT.usage, problem);
  const said = await updateTask(client, {
    ...{ id, update: addBudget, argument: addition },
    updateId: `budget-${addition.id}`,
  });
  const limitUsd = limitOf(id, config);
  if (options.json === true) {
    const { kind, extraUsd } = said.kind === 'answered' ? said.answer : UNKNOWN;
    const added = { id, limitUsd, addedUsd: extraUsd, kind, addition };
    process.stdout.write(`${JSON.stringify(added, null, 2)}\n`);
    return said.kind === 'answered' ? EXIT.ok : EXIT.failed;
  }
  if (said.kind === 'unknown') {
    const again = `orch task budget ${id} --add ${usd} --id ${addition.id}`;
    throw new CliProblem(
      EXIT.failed,
      `unknown whether it was added: ${id} did not answer within 3 s. This adds it once: ${again}`,
    );
  }
  process.stdout.write(`${describeAddition({ id, usd, limitUsd, answer: said.answer })}\n`);
  return EXIT.ok;
}

const UNKNOWN = { kind: 'unknown', extraUsd: null } as const;

/** Undefined = the registry does not know its project. */
function limitOf(id: TaskId, config: CommonConfig): number | null | undefined {
  const projects = readProjectsOrWarn(config, process.stderr);
  return projects.find(({ prefix }) => id.startsWith(`${prefix}-`))?.policy.budget.taskUsd;
}
