import type { SandboxNetwork } from './sandbox.ts';

/** A run's way out. */
export interface SandboxProxy {
  /** targets that were refused, `host:port`, each once, the first hundred */
  refused: () => readonly string[];
  close: () => Promise<void>;
}

/**
 * Listens on the unix socket `socketPath` (0600; what is at the path is replaced) and lets through what `network` allows:
 * CONNECT and plain HTTP. Null = the network needs no proxy. Throws when it cannot listen.
 */
export function startProxy(
  network: SandboxNetwork,
  socketPath: string,
): Promise<SandboxProxy | null> {
  if (network.kind !== 'proxied') return Promise.resolve(null);
  throw new Error(`no proxy at ${socketPath} yet`);
}
