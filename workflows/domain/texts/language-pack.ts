import type { CommentText, NoticeText } from '../effects.ts';
import type { TaskStage } from '../stages.ts';
import type { WaitSubject } from '../task-state.ts';
import type { Html } from './html.ts';

/** Languages people are written to in. */
export type Language = 'en' | 'ru';

/** Makes addresses people can follow; null when there is none. */
export interface Links {
  item: string | null;
  pull: string | null;
  history: string | null;
  staging: string | null;
  production: string | null;
  /** a file or folder of the repository at the task's work head */
  file: (path: string) => string | null;
  commit: (sha: string) => string | null;
  /** a stored document on our own page */
  document: (documentId: string) => string | null;
}

/** Texts by kind; each gets its own data. Comments are paragraphs for the board, notices one message for the chat. */
export type CommentTexts = {
  [Kind in CommentText['kind']]: (text: Extract<CommentText, { kind: Kind }>, links: Links) => Html;
};
export type NoticeTexts = {
  [Kind in NoticeText['kind']]: (text: Extract<NoticeText, { kind: Kind }>) => Html;
};

/** Everything that differs between languages. Names of board states and gestures are never translated: people set them by name. */
export interface LanguagePack {
  stages: Readonly<Record<TaskStage, string>>;
  waits: Readonly<Record<WaitSubject, string>>;
  card: CardWords;
  comments: CommentTexts;
  notices: NoticeTexts;
}

/** Words of the card. */
export interface CardWords {
  working: string;
  waiting: string;
  escalated: string;
  done: string;
  cancelled: string;
  refused: string;
  waitingOn: string;
  since: string;
  attempt: string;
  returned: string;
  in: string;
  cached: string;
  out: string;
  total: string;
  wall: string;
  agents: string;
  yours: string;
  pull: string;
  item: string;
  history: string;
  staging: string;
  production: string;
}
