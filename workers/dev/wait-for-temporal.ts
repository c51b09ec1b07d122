import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

const WITHIN_MS = 20_000;
const RETRY_MS = 50;

/** Waits until the server answers for its namespace; throws after 20 s. */
export async function waitForTemporal(address: string): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!(await answers(address))) {
    if (Date.now() > deadline) throw new Error(`Temporal does not answer at ${address}`);
    await pause(RETRY_MS);
  }
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1s' });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
