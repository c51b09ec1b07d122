import {
  BUDGET_WORKFLOW,
  budgetWorkflowId,
  moneyRequested,
  QUEUES,
} from '../../workflows/contract.ts';
import type { BudgetArgs } from '../../workflows/contract.ts';
import type { MoneyRequest } from '../../workflows/domain/budget.ts';
import type { FlowPorts } from '../flow-ports.ts';

/** Hands a request to the project's budget with the limits of now, starting the budget when there is none. The answer comes as a signal. */
export async function reserveBudget(
  { workflows, registry }: Pick<FlowPorts, 'workflows' | 'registry'>,
  { project, request }: { project: string; request: MoneyRequest },
): Promise<void> {
  const { dayUsd, projectUsd } = registry.byKey(project).policy.budget;
  const args: BudgetArgs = { project, carried: null };
  await workflows.signalWithStart(BUDGET_WORKFLOW, {
    workflowId: budgetWorkflowId(project),
    taskQueue: QUEUES.flow,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [args],
    signal: moneyRequested,
    signalArgs: [{ ...request, limits: { dayUsd, projectUsd } }],
  });
}
