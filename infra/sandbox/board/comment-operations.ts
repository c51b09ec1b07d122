import { randomUUID } from 'node:crypto';
import { recordActivity } from './activity-log.ts';
import { announceComment } from './announce.ts';
import type { BoardContext } from './board-context.ts';
import { found, newRecord, Refusal } from './board-context.ts';
import { timestampNow } from './microsecond-clock.ts';
import type { Comment, Item, User } from './records.ts';
import { stripTags } from './sanitise-html.ts';

/** What a client may write of a comment. */
export interface CommentContent {
  readonly comment_html?: unknown;
  readonly access?: unknown;
  readonly external_source?: unknown;
  readonly external_id?: unknown;
}

/** Adds a comment as `actor`. Throws a 409 Refusal with the id when the item already has one of this external pair, 400 on empty HTML. */
export function createComment(
  context: BoardContext,
  { item, actor }: { item: Item; actor: User },
  content: CommentContent,
): Comment {
  const { board, save } = context;
  const commentHtml = readCommentHtml(content.comment_html);
  const externalSource = optionalText(content.external_source);
  const externalId = optionalText(content.external_id);
  const known = board.comments.find(
    (comment) =>
      comment.issue === item.id &&
      externalId !== null &&
      externalSource !== null &&
      comment.external_id === externalId &&
      comment.external_source === externalSource,
  );
  if (known !== undefined) {
    const error = 'Work item comment with the same external id and external source already exists';
    throw new Refusal(409, { error, id: known.id });
  }
  const comment: Comment = {
    ...newRecord(board, found(board.projects, item.project), actor),
    comment_html: commentHtml,
    attachments: [],
    access: content.access === 'EXTERNAL' ? 'EXTERNAL' : 'INTERNAL',
    external_source: externalSource,
    external_id: externalId,
    edited_at: null,
    description: randomUUID(),
    issue: item.id,
    actor: actor.id,
    parent: null,
  };
  board.comments.push(comment);
  noteComment(context, { comment, item, actor }, 'created');
  announceComment(context, comment, { action: 'created', actor, field: null });
  save();
  return comment;
}

/** Changes a comment's text; an unchanged text announces nothing. */
export function changeComment(
  context: BoardContext,
  { comment, actor }: { comment: Comment; actor: User },
  content: CommentContent,
): void {
  const oldValue = comment.comment_html;
  const newValue =
    content.comment_html === undefined ? oldValue : readCommentHtml(content.comment_html);
  const at = timestampNow();
  comment.updated_at = at;
  comment.updated_by = actor.id;
  if (newValue !== oldValue) {
    comment.comment_html = newValue;
    comment.edited_at = at;
    const item = found(context.board.items, comment.issue);
    noteComment(context, { comment, item, actor }, 'updated');
    announceComment(context, comment, {
      action: 'updated',
      actor,
      field: 'comment_html',
      oldValue,
      newValue,
    });
  }
  context.save();
}

/** Removes a comment; the board sends no webhook for it. */
export function deleteComment({ board, save }: BoardContext, comment: Comment): void {
  board.comments = board.comments.filter(({ id }) => id !== comment.id);
  save();
}

function noteComment(
  context: BoardContext,
  { comment, item, actor }: { comment: Comment; item: Item; actor: User },
  verb: 'created' | 'updated',
): void {
  recordActivity(
    context,
    { item, actor },
    {
      verb,
      field: 'comment',
      comment: `${verb} a comment`,
      newValue: comment.comment_html,
      newId: comment.id,
      commentId: comment.id,
    },
  );
}

function readCommentHtml(value: unknown): string {
  if (value === undefined) return '<p></p>';
  if (typeof value !== 'string') throw new Refusal(400, { comment_html: ['Not a valid string.'] });
  if (value.trim() === '' || (stripTags(value) === '' && !/<\w/.test(value))) {
    throw new Refusal(400, { non_field_errors: ['Invalid HTML passed'] });
  }
  return value;
}

function optionalText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
