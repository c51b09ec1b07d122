import { Client, Connection } from '@temporalio/client';

/** A client whose calls connect when needed; it exists while the server is away, and its calls then fail at their deadline. */
export function openTemporalClient(about: { address: string; namespace: string }): Client {
  const connection = Connection.lazy({ address: about.address, connectTimeout: '3 s' });
  return new Client({ connection, namespace: about.namespace });
}

/** Runs calls that must have answered within `ms`. */
export function within<T>(client: Client, ms: number, calls: () => Promise<T>): Promise<T> {
  return client.withDeadline(Date.now() + ms, calls);
}
