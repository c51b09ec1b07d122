import type { Express } from 'express';
import type { Markup } from '../kit/page.ts';
import { html, page, raw } from '../kit/page.ts';
import { latestVersion } from './records.ts';
import type { Chat, Chats, Message, Version } from './records.ts';

const REFRESH_SECONDS = 3;

/** Mounts the pages: all chats, one chat, one message with its edits. */
export function mountPages(app: Express, chats: Chats): void {
  app.get('/', (_request, response) => {
    response.send(renderHomePage(chats));
  });
  app.get('/chats/:chatId', (request, response, next) => {
    const chat = chats.chats.find(({ id }) => id === Number(request.params.chatId));
    if (chat === undefined) next();
    else response.send(renderChatPage(chats, chat));
  });
  app.get('/chats/:chatId/messages/:messageId', (request, response, next) => {
    const [chatId, messageId] = [Number(request.params.chatId), Number(request.params.messageId)];
    const message = chats.messages.find(
      (candidate) => candidate.chatId === chatId && candidate.messageId === messageId,
    );
    if (message === undefined) next();
    else response.send(renderMessagePage(chats, message));
  });
}

function renderHomePage(chats: Chats): string {
  const rows = chats.chats.map(({ id, title }) => {
    const count = chats.messages.filter(({ chatId }) => chatId === id).length;
    return html`<div class="card">
      <a href="/chats/${id}"><b>${title}</b></a> <span class="dim">${count} messages</span>
    </div>`;
  });
  const body = html`<h1>Chats</h1>
    ${rows.length === 0 ? html`<p class="dim">No chats yet.</p>` : rows}`;
  return page({ title: 'Chats', body, refreshSeconds: REFRESH_SECONDS });
}

function renderChatPage(chats: Chats, chat: Chat): string {
  const messages = chats.messages.filter(({ chatId }) => chatId === chat.id);
  const body = html`<nav><a href="/">Chats</a></nav>
    <h1>${chat.title}</h1>
    ${messages.map((message) => renderMessage(chats, message))}
    ${messages.length === 0 && html`<p class="dim">No messages yet.</p>`}`;
  return page({ title: chat.title, body, refreshSeconds: REFRESH_SECONDS });
}

function renderMessage(chats: Chats, message: Message): Markup {
  const { chatId, messageId, versions, deletedAtMs } = message;
  const edits = versions.length - 1;
  const note = [edits > 0 && `edited ${edits}x`, deletedAtMs !== null && 'deleted'].filter(Boolean);
  return html`<div class="card" style="max-width: 44rem">
    <b>${senderOf(chats, message)}</b>
    <a href="/chats/${chatId}/messages/${messageId}">${moment(versions[0].atMs)}</a>
    <span class="dim">${note.join(', ')}</span>
    ${deletedAtMs === null && renderVersion(latestVersion(message))}
  </div>`;
}

function renderMessagePage(chats: Chats, message: Message): string {
  const { chatId, messageId, versions, deletedAtMs } = message;
  const title = chats.chats.find(({ id }) => id === chatId)?.title;
  const history = versions.toReversed().map(
    (version, age) =>
      html`<h2>${age === 0 ? 'Now' : `Before`} ${moment(version.atMs)}</h2>
        <div class="card" style="max-width: 44rem">${renderVersion(version)}</div>`,
  );
  const body = html`<nav><a href="/">Chats</a> / <a href="/chats/${chatId}">${title}</a></nav>
    <h1>Message ${messageId} <span class="dim">by ${senderOf(chats, message)}</span></h1>
    ${deletedAtMs !== null && html`<p class="bad">Deleted ${moment(deletedAtMs)}</p>`} ${history}`;
  return page({ title: `Message ${messageId}`, body, refreshSeconds: REFRESH_SECONDS });
}

function renderVersion({ html: markup }: Version): Markup {
  return html`<div style="white-space: pre-wrap">${raw(markup)}</div>`;
}

function senderOf({ bots }: Chats, { botId }: Message): string {
  return bots.find(({ id }) => id === botId)?.username ?? `bot ${botId}`;
}

function moment(atMs: number): Markup {
  const at = new Date(atMs).toISOString();
  return html`<time datetime="${at}">${at.slice(0, 19).replace('T', ' ')}</time>`;
}
