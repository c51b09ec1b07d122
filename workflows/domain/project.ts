import type { RepoSlug } from './ids.ts';
import type { TaskPolicy } from './policy.ts';

/** One project of the registry, validated when the file is read. Commands are argv lists, never shell text. */
export interface Project {
  /** key in the registry */
  key: string;
  name: string;
  prefix: string;
  repo: RepoSlug;
  board: { workspace: string; projectId: string };
  /** user ids whose approvals count; empty = every human member */
  approverIds: readonly string[];
  /** other names a status or gesture goes by on this board, by our name */
  statusAliases: Readonly<Record<string, readonly string[]>>;
  labels: { bug: string; autoApprove: string; autoDeploy: string };
  commands: {
    test: readonly string[];
    build: readonly string[];
    /** folder the build command leaves its result in, relative to the checkout */
    buildOutput: string;
    /** starts the service inside a release directory; reads PORT */
    start: readonly string[];
    /** staging suite, run in a checkout of the sealed commit with BASE_URL; null = no suite */
    suite: readonly string[] | null;
  };
  targets: Readonly<Record<string, ProcessTarget>>;
  /** `host:port` its tests and builds may reach; none by default */
  sandbox: { hosts: readonly string[] };
  policy: TaskPolicy;
}

/** A deploy target of the `process` driver: a release directory and a supervised process on this host. */
export interface ProcessTarget {
  driver: 'process';
  port: number;
  /** health loop: tries and pause */
  healthTries: number;
  healthIntervalMs: number;
}
