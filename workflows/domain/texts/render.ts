import type { CommentText, NoticeText } from '../effects.ts';
import { cut, joinHtml, linkTo, rich } from './html.ts';
import type { Html } from './html.ts';
import type { Language, Links } from './language-pack.ts';
import { PACKS } from './packs.ts';
import { forChat } from './task-links.ts';

/** A comment as HTML for the board. */
export function renderComment(text: CommentText, language: Language, links: Links): string {
  const write = PACKS[language].comments[text.kind] as (text: CommentText, links: Links) => Html;
  return write(cutReason(text, MAX_COMMENT_SLOT), links).markup;
}

/** A notice as HTML for the chat: which task, what is wanted, where to look. */
export function renderNotice(
  text: NoticeText,
  language: Language,
  task: { id: string; title: string; links: Links; brd: string | null },
): string {
  const pack = PACKS[language];
  const write = pack.notices[text.kind] as (text: NoticeText) => Html;
  const links = forChat(task.links);
  const brd = text.kind === 'approval-wanted' && task.brd !== null ? links.file(task.brd) : null;
  const leads = [
    ...(links.item === null ? [] : [linkTo(links.item, pack.card.item)]),
    ...(brd === null ? [] : [linkTo(brd, 'BRD')]),
  ];
  return joinHtml(
    [
      rich`<b>${linkTo(links.item, task.id)}</b> ${cut(task.title, MAX_TITLE)}`,
      write(cutReason(text, MAX_NOTICE_SLOT)),
      ...(leads.length === 0 ? [] : [joinHtml(leads, ' · ')]),
    ],
    '\n',
  ).markup;
}

const MAX_TITLE = 150;
const MAX_NOTICE_SLOT = 1000;
const MAX_COMMENT_SLOT = 8000;

/** A reason may quote a log: it is cut before it is escaped, never after. */
function cutReason<Text extends CommentText | NoticeText>(text: Text, length: number): Text {
  if (!('reason' in text) || text.reason === null) return text;
  return { ...text, reason: cut(text.reason, length) };
}
