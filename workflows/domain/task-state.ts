import type { Life, RepoSlug, Sha, TaskId } from './ids.ts';
import type { HostSlots, Priority } from './agent-slot.ts';
import type { MoneyAddition } from './budget.ts';
import type { MustFixRef } from './outcome.ts';
import type { OpenRun, RunKey, RunSummary } from './runs.ts';
import type { StageName, TaskStage, Track } from './stages.ts';

/** What starts a task: the board item and where its code lives. */
export interface TaskInput {
  /** key of the project in the registry */
  project: string;
  id: TaskId;
  /** the board's own uuid of the item */
  itemId: string;
  repo: RepoSlug;
}

/** A task in one life: what every activity needs to name its side effects. */
export interface TaskRef extends TaskInput {
  life: Life;
  branch: string;
}

/** The one commit that CI, build, staging, production and main refer to. Source: architecture, the seal. */
export interface Seal {
  sha: Sha;
  tree: Sha;
  /** tree without the task's documents; test-like verdicts bind to it */
  codeTree: Sha;
  /** `git patch-id --verbatim` of base..sha without documents and changelog; the human's word binds to it */
  codeIdentity: string;
  baseSha: Sha;
}

/** A build made once from the sealed commit. `digest` is `sha256:<hex>` over its files. */
export interface Build {
  digest: string;
  revision: Sha;
}

/** A visible reason to wait. `on` is the search attribute WaitingOn. */
export interface Wait {
  on: WaitSubject;
  /** one line for people */
  detail: string;
  /** ISO time the wait began */
  since: string;
}

/** Who or what a task waits for. Source: every wait has a name. */
export type WaitSubject =
  | 'approval'
  | 'answers'
  | 'confirmation'
  | 'revival'
  | 'lane'
  | 'staging-slot'
  | 'production-slot'
  | 'agent-slot'
  | 'provider-limit'
  | 'agent-retry'
  | 'budget'
  | 'host'
  | 'ci'
  | 'mergeable'
  | 'infra';

/** Who may say STOP: a person on the board, the command line, or a cancel request in Temporal. */
export type StopSource = 'board' | 'cli' | 'temporal';

/** Time spent in one visit of a stage; `endedAt` null while it lasts. ISO times. */
export interface StageVisit {
  stage: StageName;
  startedAt: string;
  endedAt: string | null;
}

/** Everything a page, a card or a script needs to know of a task; the answer to the query `view`. Serialisable. */
export interface TaskView {
  ref: TaskRef;
  title: string;
  track: Track;
  stage: TaskStage;
  wait: Wait | null;
  escalated: string | null;
  /** the STOP that was said, carried out or not; a repeated one repeats nothing */
  stop: { by: StopSource; at: string } | null;
  returns: number;
  startedAt: string;
  endedAt: string | null;
  visits: readonly StageVisit[];
  runs: readonly RunSummary[];
  /** ms the task waited for a person, finished waits only */
  humanMs: number;
  pullRequest: { number: number; url: string } | null;
  workHead: Sha | null;
  seal: Seal | null;
  build: Build | null;
  /** what staging ran when its suite passed; null = not yet or N/A */
  stagingDigest: string | null;
  productionDigest: string | null;
  landed: { sha: Sha; tree: Sha } | null;
  mustFix: MustFixRef | null;
  /** gates that were N/A or passed with something to say, as `gate: note` */
  notes: readonly string[];
  /** documents that are not commits: 14, 15, 16 */
  evidence: readonly { document: string; documentId: string }[];
  /** host that keeps the task's tree and run folders, null = not claimed yet */
  host: string | null;
  /** an agent run that was begun and has not ended: it goes on, it is never begun anew */
  openRun: OpenRun | null;
  /** money people added for this life, oldest first */
  additions: readonly MoneyAddition[];
}

/**
 * The whole state of a task, carried across continue-as-new. Counters are what budgets are checked against; `iteration`
 * only grows and serves only in keys.
 */
export interface TaskState extends TaskView {
  generation: number;
  /** what the analyst left: nothing yet, a package a person must judge, or questions a person must answer */
  analysis: 'none' | 'package' | 'questions';
  /** true when the analyst's next run must carry what people wrote */
  withComments: boolean;
  iteration: number;
  producerAttempts: number;
  conflicts: number;
  rereviews: number;
  lostRaces: number;
  baseSha: Sha | null;
  branchHead: Sha | null;
  /** the developer's work that CI has not judged yet; null = the developer works first */
  developed: Sha | null;
  /** code identity and tree the latest positive review and tests judged */
  judged: { reviewIdentity: string | null; testedCodeTree: Sha | null };
  /** code identity a person (or policy) confirmed for deploy */
  confirmedIdentity: string | null;
  /** activity entries already consumed, newest last, bounded */
  consumedEntries: readonly string[];
  /** ISO time of the start entry: older entries never act */
  startEntryAt: string;
  /** grant of the lane's admission held now */
  admission: { requestId: string; fence: number } | null;
  /** the item's priority on the board, as last read */
  priority: Priority;
  /** agent runs the host takes at once; null while no host is claimed */
  hostSlots: HostSlots | null;
  /** the request for an agent slot that is open or granted; kept so that a wait goes on in a new run */
  slotRequestId: string | null;
  /** the same for money */
  moneyRequestId: string | null;
  /** number of the next batch of effects; part of their keys */
  effectsSeq: number;
  /** production or main was touched for this seal, and it neither landed nor was taken back since */
  deployBegun: boolean;
  /** the run begun last: what a STOP ends */
  lastRun: RunKey | null;
  /** how many runs there were when the task last moved on, or was revived */
  runsBefore: number;
}
