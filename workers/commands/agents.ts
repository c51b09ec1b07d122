import { AGENT_POOL_WORKFLOW_ID, poolView } from '../../workflows/contract.ts';
import { EMPTY_POOL } from '../../workflows/domain/agent-pool.ts';
import { viewPool } from '../../workflows/domain/pool-line.ts';
import { askWorkflow, withTemporal } from '../ask-workflow.ts';
import { EXIT } from '../cli-problem.ts';
import { paperOf } from '../report/columns.ts';
import { writePool } from '../report/write-pool.ts';
import type { TaskOptions } from './task.ts';

/** Shows who works, who waits and which providers are left alone. Answers the exit code. */
export async function agents({ json }: TaskOptions): Promise<number> {
  const asked = await withTemporal((client) =>
    askWorkflow(client, AGENT_POOL_WORKFLOW_ID, poolView),
  );
  const pool = asked ?? viewPool(EMPTY_POOL, 0);
  if (json === true) process.stdout.write(`${JSON.stringify(pool, null, 2)}\n`);
  else writePool(paperOf(process.stdout), pool);
  return EXIT.ok;
}
