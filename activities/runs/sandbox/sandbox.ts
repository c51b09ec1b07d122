/** What a sandboxed command can reach over the network. Addresses are `host:port`. */
export type SandboxNetwork =
  /** the host's own network, loopback services included: for hosts that isolate by other means */
  | { kind: 'host' }
  /** an empty loopback of its own */
  | { kind: 'none' }
  /**
   * An own loopback and, through a proxy, `hosts`: `api.example.com:443`, or `*.example.com:443` for names below one. Private,
   * loopback and link-local addresses are refused unless that very address is listed; a listed loopback address also answers
   * at its port inside. `forwards`: ports of the own loopback, each piped to one address.
   */
  | {
      kind: 'proxied';
      hosts: readonly string[];
      forwards: readonly { port: number; to: string }[];
    };

/** What one run may see, write and reach; everything else is absent. Paths are absolute and exist; the longer path wins over its parent. */
export interface Sandbox {
  /** folders and files that may be written, mounted at their own path */
  writable: readonly string[];
  /** folders and files that can be read, mounted at their own path */
  readable: readonly string[];
  /** size of the private /tmp, and of /dev/shm, bytes; both die with the launch */
  tmpBytes: number;
  network: SandboxNetwork;
  /** private data of one process, bytes; null = no limit */
  memoryBytes: number | null;
  /** processes and threads of the run, null = no limit */
  processes: number | null;
}
