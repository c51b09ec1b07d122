import type { RepoSlug } from '../workflows/domain/ids.ts';
import type { ReadDescription } from './agent/read-description.ts';
import type { AgentAdapter } from './clients/agent-adapter.ts';
import type { DocumentStore } from './documents.ts';
import type { Git } from './git/git.ts';
import type { ProjectRegistry } from './projects.ts';
import type { Runs } from './runs/runs.ts';

/** What the activities bound to one host need from outside. */
export interface HostPorts {
  /** name of this host in queue names */
  hostId: string;
  /** absolute path of the host's data directory */
  dataDir: string;
  /** search path for programs: git, flock, node, the project's tools */
  path: string;
  registry: ProjectRegistry;
  documents: DocumentStore;
  readDescription: ReadDescription;
  runs: Runs;
  git: Git;
  /** address of a repository on the forge, without any credential */
  urlOf: (repo: RepoSlug) => string;
  agent: {
    adapter: AgentAdapter;
    /** argv prefix of the agent's program */
    command: readonly string[];
    /** model key and the like, allow-listed by `pickAgentEnvironment` */
    env: Readonly<Record<string, string>>;
  };
}

/** One call of an activity: its ports, and its life line to Temporal. */
export interface HostCall {
  ports: HostPorts;
  /** aborted when Temporal cancels the activity or the worker shuts down */
  signal: AbortSignal;
  beat: () => void;
}
