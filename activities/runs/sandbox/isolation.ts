import type { Sandbox, SandboxNetwork } from './sandbox.ts';

/** What every sandbox of a host has in common. Paths are absolute. */
export interface Isolation {
  /** programs and their libraries beside the system's own: node, the agents, what projects need */
  readable: readonly string[];
  /** `host:port` agents may reach beside their model's endpoints */
  endpoints: readonly string[];
  /** private data of one process of a run, bytes; null = no limit */
  memoryBytes: number | null;
}

/** Where an agent works, and what it must reach. */
export interface AgentPlace {
  tree: string;
  /** the trusted repository's object folder, which the tree's git borrows from */
  objects: string;
  home: string;
  /** the run's task, prompt and role files */
  inputs: readonly string[];
  /** `host:port` of its model */
  endpoints: readonly string[];
}

/** Where a command of a project works: tests, a build, a suite. */
export interface CommandPlace {
  writable: readonly string[];
  /** object folder its tree borrows from, null = the tree has no git */
  objects: string | null;
  /** `host:port` it may reach; empty = no network at all */
  hosts: readonly string[];
}

const GIBIBYTE = 1024 ** 3;
/** Far more than any run needs; stops what multiplies without end. Has no effect where the runner is root. */
const PROCESSES = 4096;

/** The sandbox of an agent run: its tree and home are writable, its network ends at its model. */
export function sandboxOfAgent(isolation: Isolation, place: AgentPlace): Sandbox {
  const { tree, home, objects, inputs } = place;
  return {
    ...common(isolation),
    writable: [tree, home],
    readable: [...isolation.readable, objects, ...inputs],
    network: {
      kind: 'proxied',
      hosts: [...place.endpoints, ...isolation.endpoints],
      forwards: [],
    },
  };
}

/** The sandbox of a project's command: what it works on is writable, and it reaches what its project or stage names. */
export function sandboxOfCommand(isolation: Isolation, place: CommandPlace): Sandbox {
  const { writable, objects, hosts } = place;
  const network: SandboxNetwork =
    hosts.length === 0 ? { kind: 'none' } : { kind: 'proxied', hosts, forwards: [] };
  return {
    ...common(isolation),
    writable,
    readable: objects === null ? isolation.readable : [...isolation.readable, objects],
    network,
  };
}

const common = ({ memoryBytes }: Isolation) => ({
  tmpBytes: GIBIBYTE,
  memoryBytes,
  processes: PROCESSES,
});
