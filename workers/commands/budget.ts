import { pino } from 'pino';
import { budgetView, budgetWorkflowId } from '../../workflows/contract.ts';
import { askWorkflow, withTemporal } from '../ask-workflow.ts';
import { CliProblem, EXIT } from '../cli-problem.ts';
import { openRegistry } from '../registry.ts';
import { paperOf } from '../report/columns.ts';
import { writeBudget } from '../report/write-budget.ts';
import type { TaskOptions } from './task.ts';

/** Shows what a project spent and may spend. Answers the exit code. */
export async function budget(key: string, { json }: TaskOptions): Promise<number> {
  return withTemporal(async (client, config) => {
    const all = openRegistry(config.projectsFile, config.profile, pino({ level: 'silent' })).all();
    const project = all.find((each) => each.key === key);
    if (project === undefined) {
      const known = all.map((each) => each.key).join(', ');
      throw new CliProblem(
        EXIT.usage,
        `no project "${key}" in ${config.projectsFile}; it has ${known}`,
      );
    }
    const { dayUsd, projectUsd } = project.policy.budget;
    const limits = { dayUsd, projectUsd };
    const view = await askWorkflow(client, budgetWorkflowId(key), budgetView);
    if (json === true) {
      process.stdout.write(`${JSON.stringify({ key, ...view, limits }, null, 2)}\n`);
    } else writeBudget(paperOf(process.stdout), { project: key, limits, view });
    return EXIT.ok;
  });
}
