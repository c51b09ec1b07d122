import type { MustFixRef } from './outcome.ts';
import type { RunSummary, RunUsage } from './runs.ts';
import type { Role, StageName, TaskStage } from './stages.ts';

/** Board statuses we set; each has a fallback when the project lacks it. Source: product, board mirror. */
export type BoardStatus =
  | 'Analysis'
  | 'Architecture'
  | 'Development'
  | 'Code Review'
  | 'Testing'
  | 'Deploying (staging)'
  | 'Awaiting Deploy'
  | 'Deploying'
  | 'Monitoring after Deploy'
  | 'Needs Input'
  | 'In Review'
  | 'Blocked'
  | 'Done'
  | 'Cancelled';

/** Which bot account a comment is written by. */
export type BotRole = Role | 'stream';

/** Comments as data; rendered, escaped and translated by the activity that posts them. */
export type CommentText =
  | { kind: 'entry-check-failed'; problems: readonly string[] }
  | { kind: 'analyst-started' }
  | { kind: 'approval-call'; documents: readonly string[] }
  | { kind: 'questions'; count: number }
  | { kind: 'transition'; from: TaskStage; to: TaskStage; reason: string | null }
  | {
      kind: 'returned';
      from: StageName;
      to: StageName;
      reason: string;
      attempt: number;
      of: number;
      mustFix: MustFixRef | null;
    }
  | { kind: 'role-finished'; run: RunSummary; documents: readonly string[] }
  | { kind: 'confirm-call'; sealedSha: string; stagingUrl: string | null }
  | { kind: 'gesture-ignored'; gesture: string; because: string }
  | { kind: 'status-restored'; found: string; use: string }
  | { kind: 'automatic'; what: 'approval' | 'deploy'; because: string }
  | { kind: 'stop-deferred' }
  | { kind: 'stop-too-late' }
  /** `sha` = the work that was kept, null = there was none */
  | { kind: 'stopped'; sha: string | null }
  | { kind: 'held'; subject: string; reason: string }
  | { kind: 'escalated'; stage: StageName; reason: string }
  | {
      kind: 'summary';
      landedSha: string | null;
      usage: RunUsage;
      seconds: number;
      humanSeconds: number;
      returns: number;
    };

/** Messages that make a phone ring, once each. Source: product, Telegram. */
export type NoticeText =
  | { kind: 'approval-wanted' }
  | { kind: 'answers-wanted'; count: number }
  | { kind: 'confirmation-wanted'; sealedSha: string }
  | { kind: 'returned'; from: StageName; reason: string }
  | { kind: 'automatic'; what: 'approval' | 'deploy' }
  | { kind: 'held'; subject: string; reason: string }
  | { kind: 'escalated'; stage: StageName; reason: string }
  | { kind: 'stopped' }
  | { kind: 'leaked'; role: Role }
  | { kind: 'deploy-failed'; status: string; reason: string };

/** One side effect of a transition. `key` makes it happen once per life; the order in a batch is kept. */
export type Effect =
  | { kind: 'status'; status: BoardStatus }
  | { kind: 'comment'; key: string; by: BotRole; text: CommentText }
  | { kind: 'notice'; key: string; text: NoticeText }
  | { kind: 'evidence'; key: string; document: string; documentId: string }
  | {
      kind: 'transition';
      seq: number;
      from: TaskStage;
      to: TaskStage;
      at: string;
      reason: string | null;
    }
  | {
      kind: 'verdict';
      seq: number;
      stage: StageName;
      gate: string;
      outcome: string;
      reason: string;
      at: string;
    }
  | { kind: 'run'; run: RunSummary };
