import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { CliProblem, EXIT } from './cli-problem.ts';
import { loadCommonConfig } from './config.ts';
import type { CommonConfig } from './config.ts';
import { reasonOf } from './reason-of.ts';
import { openTemporalClient, within } from './temporal-client.ts';

const QUERY_MS = 3000;

/** Lends a client to `work` and closes it again. */
export async function withTemporal<T>(
  work: (client: Client, config: CommonConfig) => Promise<T>,
): Promise<T> {
  const config = loadCommonConfig(process.env);
  const client = openTemporalClient(config.temporal);
  try {
    return await work(client, config);
  } finally {
    await client.connection.close();
  }
}

/** The answer of a workflow; null = there is none by that id. Throws CliProblem when nobody answers within 3 s. */
export async function askWorkflow<Answer>(
  client: Client,
  workflowId: string,
  query: QueryDefinition<Answer>,
): Promise<Answer | null> {
  try {
    const handle = client.workflow.getHandle(workflowId);
    return await within(client, QUERY_MS, () => handle.query(query));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    const reason = `workflow ${workflowId} did not answer (${reasonOf(error)})`;
    throw new CliProblem(EXIT.failed, `${reason}; are server and worker flow up?`);
  }
}
