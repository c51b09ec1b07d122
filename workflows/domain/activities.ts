import type { BoardItem } from './board-item.ts';
import type { Effect } from './effects.ts';
import type { RepoSlug, Sha } from './ids.ts';
import type { SlotRequest } from './agent-slot.ts';
import type { MoneyRequest } from './budget.ts';
import type { GrantRequest } from './lane.ts';
import type { MustFixRef } from './outcome.ts';
import type { RolePolicy, TaskPolicy } from './policy.ts';
import type { AgentName, InterruptedRun, RunKey, RunSummary, StoppedBill } from './runs.ts';
import type { Role, Track } from './stages.ts';
import type { Build, Seal, TaskInput, TaskRef, TaskView } from './task-state.ts';
import type {
  CatchUpVerdict,
  CiVerdict,
  DeployVerdict,
  LandingProof,
  MergeAnswer,
  RoleVerdict,
  SecurityVerdict,
  StagingVerdict,
  TestVerdict,
  WatchVerdict,
} from './verdicts.ts';

/*
 * The activities a workflow may call, as the workflows want them; the folder activities/ implements them.
 * Every one is safe to repeat: it reads back before it writes, or writes under a key of ours.
 */

/** Short calls on the queue `flow`: board, forge, chat, ledger, lane. */
export interface FlowActivities {
  /** The project's policy now. Throws UnknownProject (permanent) when the registry lost it. */
  readPolicy(input: { project: string }): Promise<TaskPolicy>;
  /** The item, its labels and its state log; null when the board says it does not exist. */
  readItem(task: TaskInput): Promise<BoardItem | null>;
  /** Carries out one transition's effects in order, updates card and ledger from `view`, answers the policy when it changed. */
  applyEffects(input: EffectsInput): Promise<{ policy: TaskPolicy | null }>;
  /** Asks the repository's lane (created when absent) for a grant; the answer comes as the signal `laneAnswered`. */
  requestGrant(input: { repo: RepoSlug; request: GrantRequest }): Promise<void>;
  /** Asks the agent pool (created when absent) for a slot; the answer comes as the signal `slotAnswered`. */
  requestAgentSlot(input: { request: SlotRequest }): Promise<void>;
  /** Asks the project's budget (created when absent) for money; the answer comes as the signal `moneyAnswered`. */
  reserveBudget(input: { project: string; request: MoneyRequest }): Promise<void>;
  /** Of the given holders, those whose workflow is closed or lives another life. */
  findDeadHolders(input: {
    holders: readonly Holder[];
  }): Promise<{ requestIds: readonly string[] }>;
  /** The open pull request of the task's branch into main, created when missing. Source: ORCH-082. */
  ensurePullRequest(input: {
    task: TaskRef;
    title: string;
  }): Promise<{ number: number; url: string }>;
  /** Combined status at the exact sha over all pages. */
  readCi(input: { task: TaskRef; sha: Sha; iteration: number }): Promise<CiVerdict>;
  /** Whether the forge has finished its conflict check of the pull request at `sha` with a yes. */
  readMergeable(input: {
    repo: RepoSlug;
    number: number;
    sha: Sha;
  }): Promise<{ mergeable: boolean; merged: boolean; headSha: Sha }>;
  /** Closes a pull request that is open; one that is merged, closed or gone stays as it is. */
  closePullRequest(input: { repo: RepoSlug; number: number }): Promise<void>;
  /** One fast-forward-only merge call with `head_commit_id`; never retried blindly, the caller proves. */
  mergePullRequest(input: { repo: RepoSlug; number: number; sha: Sha }): Promise<MergeAnswer>;
}

/** A grant holder as the lane knows it. */
export interface Holder {
  requestId: string;
  workflowId: string;
  life: string;
}

/** Input of `applyEffects`. */
export interface EffectsInput {
  task: TaskRef;
  /** where links to the history lead */
  runId: string;
  effects: readonly Effect[];
  view: TaskView;
  /** the policy the task knows; the answer brings another one only */
  policyVersion: string;
}

/** Input of one agent run. */
export interface ProduceInput {
  task: TaskRef;
  title: string;
  track: Track;
  role: Role;
  key: RunKey;
  /** number of the time this run is let go on after an interruption, 0 at first */
  continuation: number;
  policy: RolePolicy;
  baseSha: Sha;
  workHead: Sha;
  /** head of the pushed task branch, null before the first push: the lease of the next push */
  branchHead: Sha | null;
  /** whether this run's commit also moves the task branch */
  pushBranch: boolean;
  returns: number;
  mustFix: MustFixRef | null;
  /** true when a person answered questions or rejected the package: the task file carries their comments */
  withComments: boolean;
}

/** How one agent run went. Broken tools of ours (git, ledger, board) throw instead. */
export type ProduceResult = EndedRun | InterruptedRun;

/** A run that ended by its agent's own doing or by a limit of ours; `run.end` says how. */
export interface EndedRun {
  kind: 'ended';
  run: RunSummary;
  workHead: Sha;
  branchHead: Sha | null;
  verdict: RoleVerdict;
  /** documents of the task this run wrote or changed, repository paths; none of an unfinished run */
  documents: readonly string[];
  /** paths outside the role's write scope that were dropped */
  dropped: readonly string[];
}

/** Work bound to one host: queue `work@<host>`, except `claimWorkspace` (queue `claim`) and `produce` (queue `agents@<host>`). */
export interface HostActivities {
  /** Answers with the host that will keep this task's tree, and how many agents it runs at once. */
  claimWorkspace(input: { task: TaskRef }): Promise<{ host: string; agentSlots: number }>;
  /** Cuts the branch from fresh main and makes the clone; adopts what this life already has. */
  prepareWorkspace(input: { task: TaskRef }): Promise<{ baseSha: Sha; workHead: Sha }>;
  /** Runs an agent on the tree at workHead, commits what its scope allows, pushes it and reads the role's verdict. */
  produce(input: ProduceInput): Promise<ProduceResult>;
  /** Runs the project's test command on workHead, writes and commits 13-test-report.md to the work ref. */
  runTests(input: {
    task: TaskRef;
    key: RunKey;
    workHead: Sha;
    timeoutMs: number;
  }): Promise<{ verdict: TestVerdict; workHead: Sha }>;
  /** Secret scan of base..head with rules of the base branch. */
  scanSecrets(input: {
    task: TaskRef;
    key: RunKey;
    baseSha: Sha;
    workHead: Sha;
  }): Promise<SecurityVerdict>;
  /** Rebases on current main and says what the code is now; the rebase is left out when main has not moved. */
  catchUp(input: CatchUpInput): Promise<CatchUpVerdict>;
  /** Adds the missing documents as the last commit, pushes the task branch with a lease; asserts the judged code tree. */
  seal(input: SealInput): Promise<Seal>;
  /** Builds the sealed commit once; a second call finds the first one's digest. A failing build is the work's fault. */
  buildSealed(input: {
    task: TaskRef;
    key: RunKey;
    seal: Seal;
    timeoutMs: number;
  }): Promise<BuildAnswer>;
  /** Sha of main on the forge now. */
  readMain(input: { repo: RepoSlug }): Promise<{ sha: Sha }>;
  /** Reads main and compares it with the seal. */
  proveLanding(input: { task: TaskRef; seal: Seal }): Promise<LandingProof>;
  /**
   * Keeps the work of a stopped task under its preserved ref, with what its open run left uncommitted unless that run gave
   * secrets away, and removes the task branch. Answers the commit kept.
   */
  preserveWork(input: {
    task: TaskRef;
    workHead: Sha;
    /** null = no run was open */
    run: { key: RunKey; agent: AgentName; role: Role } | null;
  }): Promise<{ sha: Sha }>;
  /** What a run that a STOP ended had used in the given continuation, as far as it told. */
  billStoppedRun(input: {
    key: RunKey;
    continuation: number;
    policy: RolePolicy;
  }): Promise<StoppedBill>;
  /** Keeps the evidence under its ref, removes clone, work ref and task branch. */
  closeWorkspace(input: {
    task: TaskRef;
    evidence: readonly { document: string; documentId: string }[];
  }): Promise<void>;
}

/** Input of `catchUp`. */
export interface CatchUpInput {
  task: TaskRef;
  key: RunKey;
  baseSha: Sha;
  workHead: Sha;
}

/** Input of `seal`. */
export interface SealInput {
  task: TaskRef;
  key: RunKey;
  title: string;
  baseSha: Sha;
  workHead: Sha;
  branchHead: Sha | null;
  /** the code tree the tests judged; sealing refuses another one */
  testedCodeTree: Sha;
  security: SecurityVerdict;
  /** coverage is N/A with this reason until a baseline is set */
  coverage: string;
}

/** Answer of `buildSealed`. */
export type BuildAnswer =
  { kind: 'built'; build: Build } | { kind: 'failed'; mustFixRef: MustFixRef };

/** Calls that must always get through to one host: queue `control@<host>`. */
export interface ControlActivities {
  /** Answers with the host's id: it lives and polls. */
  ping(): Promise<{ host: string }>;
  /**
   * Ends every process of a run and returns when none is left; the run can never be started again afterwards. Safe to repeat,
   * and for a run nobody knows: that one is barred from starting. Throws ToolError while something still lives. Source: I10.
   */
  killRun(input: { key: RunKey; reason: string }): Promise<void>;
}

/** Work on one deploy target: queue `deploy@<target>`. */
export interface DeployActivities {
  /** Switches the target to the build, waits for health, rolls back on failure. Refuses a fence lower than the highest seen. */
  deployBuild(input: DeployInput): Promise<DeployVerdict>;
  /** Runs the staging suite against the running instance; digest and revision are read before and after. */
  runSuite(input: DeployInput & { timeoutMs: number }): Promise<StagingVerdict>;
  /** Probes the service for the window; a repeat goes on with what is left of it. */
  watchDeploy(
    input: DeployInput & { windowMs: number; intervalMs: number; since: string },
  ): Promise<WatchVerdict>;
}

/** Input common to everything that touches a deploy target. */
export interface DeployInput {
  task: TaskRef;
  key: RunKey;
  target: string;
  url: string;
  build: Build;
  fence: number;
}
