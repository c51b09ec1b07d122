import type { Project } from './project.ts';
import type { RepoSlug, Sha, TaskId } from './ids.ts';

/** Where people reach the systems; no trailing slashes. */
export interface PublicAddresses {
  /** our own api and page */
  self: string;
  temporalUi: string;
  /** Temporal namespace the workflows live in */
  namespace: string;
  board: string;
  forge: string;
  /** the chat whose card is linked, with a template holding {chat} and {message} (null = Telegram's own form); null = no chat */
  chat: { chatId: string; template: string | null } | null;
}

/** Page of a work item on the board. */
export function itemLink(at: PublicAddresses, board: Project['board'], id: TaskId): string {
  return `${at.board}/${encodeURIComponent(board.workspace)}/browse/${id}/`;
}

/** Page of a file or folder as a commit has it: it outlives the branch, which goes with the merge. */
export function fileLink(
  at: PublicAddresses,
  about: { repo: RepoSlug; commit: Sha; path: string },
): string {
  const path = about.path.split('/').map(encodeURIComponent).join('/');
  return `${at.forge}/${about.repo}/src/commit/${about.commit}/${path}`;
}

/** History of a workflow in the Temporal UI; `runId` null = its newest run. */
export function historyLink(at: PublicAddresses, workflowId: string, runId: string | null): string {
  const workflow = `${at.temporalUi}/namespaces/${encodeURIComponent(at.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
  return runId === null ? workflow : `${workflow}/${encodeURIComponent(runId)}/history`;
}

/** The live card, or null when there is no chat, no message yet, or no address for it. */
export function cardLink(at: PublicAddresses, messageId: number | null): string | null {
  if (at.chat === null || messageId === null) return null;
  const { chatId, template } = at.chat;
  if (template !== null) {
    return template
      .replace('{chat}', encodeURIComponent(chatId))
      .replace('{message}', String(messageId));
  }
  const supergroup = /^-100(\d+)$/.exec(chatId)?.[1];
  return supergroup === undefined ? null : `https://t.me/c/${supergroup}/${messageId}`;
}

/** A stored document (report, log, must-fix list) on our own page; the address never changes. */
export function documentLink(at: PublicAddresses, documentId: string): string {
  return `${at.self}/documents/${encodeURIComponent(documentId)}`;
}
