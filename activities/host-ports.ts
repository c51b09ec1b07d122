import type { RepoSlug } from '../workflows/domain/ids.ts';
import type { ReadDescription } from './agent/read-description.ts';
import type { AgentName } from '../workflows/domain/runs.ts';
import type { AgentProgram } from './clients/agent-adapter.ts';
import type { DocumentStore } from './documents.ts';
import type { Git } from './git/git.ts';
import type { LifeLine } from './heartbeat.ts';
import type { ProjectRegistry } from './projects.ts';
import type { Runs } from './runs/runs.ts';
import type { Isolation } from './runs/sandbox/isolation.ts';

/** What the activities bound to one host need from outside. */
export interface HostPorts {
  /** name of this host in queue names */
  hostId: string;
  /** agent runs this host takes at once */
  agentSlots: number;
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
  /** what the sandboxes of this host have in common, null = runs are not isolated */
  isolation: Isolation | null;
  /** the agents this host can start */
  agents: Readonly<Partial<Record<AgentName, AgentProgram>>>;
}

/** One call of an activity: its ports, and its life line to Temporal. */
export interface HostCall extends LifeLine {
  ports: HostPorts;
  beat: () => void;
}
