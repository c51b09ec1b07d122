import type { Ending } from './ending.ts';
import type { Bill } from './session.ts';
import type { Spending } from './tokens.ts';

/** A tool call as a stream shows it: what was asked and what came back. */
export interface ToolUse {
  tool: 'Read' | 'Write' | 'Edit' | 'Bash';
  input: Record<string, string>;
  output: string;
  failed?: boolean;
}

/** The events of one launch, in the words of one command line. */
export interface Stream {
  /** Prints what comes first. */
  begin(): void;
  /** Prints one answer of the model: its text, the tool it calls, or both. */
  answer(answer: { text?: string; use?: ToolUse }): void;
  /** Prints what comes last and answers the exit code. */
  end(ending: Ending): number;
}

/** What a stream is told about the session it belongs to; `earlier` are the bills of its launches before this one. */
export interface StreamStart {
  sessionId: string;
  tree: string;
  spending: Spending;
  earlier: readonly Bill[];
}

/** One command line: how it was called, where it keeps its sessions and how it speaks. */
export interface Front {
  prompt: string;
  model: string;
  /** null = nothing is kept */
  sessionFolder: string | null;
  /** Where the transcript of a new session goes, below `sessionFolder`. */
  nameTranscript(id: string): string;
  sessionId: string;
  /** the session to go on with, null = a new one */
  resume: string | null;
  /** what is said of a session nobody knows */
  unknownSession(id: string): string;
  maxTurns: number | null;
  /** false = the command line lets it read only */
  mayWrite: boolean;
  createStream(start: StreamStart): Stream;
}
