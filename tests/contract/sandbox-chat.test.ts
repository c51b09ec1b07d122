import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProgram } from '../world/start-program.ts';
import type { StartedProgram } from '../world/start-program.ts';

const TOKEN = '123456:demo-token';
const CHAT_ID = -1001;
const HOURS_MS = 3_600_000;

interface BotAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: {
    ok: boolean;
    result?: Record<string, unknown>;
    error_code?: number;
    description?: string;
    parameters?: { retry_after: number };
  };
}

describe('the sandbox chat beside the documented Bot API', () => {
  let chat: StartedProgram;
  let dataDir: string;

  const post = (path: string, body: object) =>
    fetch(chat.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const call = async (method: string, body: object, token = TOKEN): Promise<BotAnswer> => {
    const response = await post(`/bot${token}/${method}`, body);
    const answer = (await response.json()) as BotAnswer['body'];
    return {
      status: response.status,
      retryAfter: response.headers.get('Retry-After'),
      body: answer,
    };
  };
  const sendText = async (text: string) => {
    const { body } = await call('sendMessage', { chat_id: CHAT_ID, text, parse_mode: 'HTML' });
    return Number(body.result?.['message_id']);
  };
  const refusal = async (method: string, body: object) => {
    const answer = await call(method, { chat_id: CHAT_ID, parse_mode: 'HTML', ...body });
    expect(answer.status).toBe(answer.body.error_code);
    return `${answer.status} ${answer.body.description ?? ''}`;
  };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sandbox-chat-'));
    chat = await startProgram('infra/sandbox/chat/main.ts', ['--port', '0', '--data', dataDir]);
    await post('/_sandbox/seed', {
      bots: [
        { token: TOKEN, username: 'orchestrator_bot' },
        { token: '99:other', username: 'other_bot' },
      ],
      chats: [{ id: CHAT_ID, title: 'Deploys' }],
      limits: { perSecond: null },
    });
  });

  afterAll(async () => {
    await chat.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('tells an unknown token (401) from a malformed one and an unknown method (404)', async () => {
    expect((await call('getMe', {}, '1:unknown')).body).toMatchObject({
      error_code: 401,
      description: 'Unauthorized',
    });
    expect((await call('getMe', {}, 'nonsense')).body.description).toBe('Not Found');
    expect((await call('sendPigeon', {})).body.description).toBe('Not Found: method not found');
    expect((await call('getMe', {})).body.result).toMatchObject({
      is_bot: true,
      username: 'orchestrator_bot',
    });
  });

  it('answers a sent message with its id, plain text and entities', async () => {
    const { body } = await call('sendMessage', {
      chat_id: CHAT_ID,
      text: '<b>NOTE-1</b> done &amp; live',
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
    });
    expect(body.result).toMatchObject({
      message_id: expect.any(Number) as number,
      chat: { id: CHAT_ID, title: 'Deploys', type: 'supergroup' },
      text: 'NOTE-1 done & live',
      entities: [{ type: 'bold', offset: 0, length: 6 }],
      link_preview_options: { is_disabled: true },
    });
  });

  it('edits a message, says when nothing changed, and drops the keyboard an edit leaves out', async () => {
    const keyboard = { inline_keyboard: [[{ text: 'Open', url: 'http://127.0.0.1/' }]] };
    const sent = await call('sendMessage', {
      chat_id: CHAT_ID,
      text: 'one',
      reply_markup: keyboard,
    });
    const messageId = sent.body.result?.['message_id'];
    const same = { message_id: messageId, text: '<b></b>one', reply_markup: keyboard };
    expect(await refusal('editMessageText', same)).toBe(
      '400 Bad Request: message is not modified: specified new message content and reply markup are ' +
        'exactly the same as a current content and reply markup of the message',
    );
    const bare = await call('editMessageText', {
      chat_id: CHAT_ID,
      message_id: messageId,
      text: 'one',
    });
    expect(bare.body.result).not.toHaveProperty('reply_markup');
    const edit = { chat_id: CHAT_ID, message_id: messageId, text: 'two' };
    const edited = await call('editMessageText', edit);
    expect(edited.body.result).toMatchObject({
      text: 'two',
      edit_date: expect.any(Number) as number,
    });
  });

  it('ORCH-095: refuses unescaped markup with the words of the real service', async () => {
    expect(await refusal('sendMessage', { text: 'took <1m to run' })).toBe(
      '400 Bad Request: can\'t parse entities: Unsupported start tag "1m" at byte offset 5',
    );
    const plain = await call('sendMessage', { chat_id: CHAT_ID, text: 'took <1m to run' });
    expect(plain.body.result?.['text']).toBe('took <1m to run');
  });

  it('counts 4096 characters after parsing', async () => {
    const markup = `<b>${'x'.repeat(4096)}</b>`;
    expect(await sendText(markup)).toBeGreaterThan(0);
    expect(await refusal('sendMessage', { text: `${markup}x` })).toBe(
      '400 Bad Request: message is too long',
    );
    expect(await refusal('sendMessage', { text: '' })).toBe(
      '400 Bad Request: message text is empty',
    );
  });

  it('refuses what it cannot find or may not touch', async () => {
    const text = 'x';
    expect(await refusal('sendMessage', { text, chat_id: 5 })).toBe(
      '400 Bad Request: chat not found',
    );
    expect(await refusal('editMessageText', { text, message_id: 9999 })).toBe(
      '400 Bad Request: message to edit not found',
    );
    expect(await refusal('deleteMessage', { message_id: 9999 })).toBe(
      '400 Bad Request: message to delete not found',
    );
    const foreign = await call(
      'editMessageText',
      { chat_id: CHAT_ID, message_id: await sendText('mine'), text },
      '99:other',
    );
    expect(foreign.body.description).toBe("Bad Request: message can't be edited");
  });

  it('deletes a message until it is 48 hours old, and edits it at any age', async () => {
    const young = await sendText('young');
    const old = await sendText('old');
    await post('/_sandbox/clock', { advanceMs: 47 * HOURS_MS });
    expect((await call('deleteMessage', { chat_id: CHAT_ID, message_id: young })).body.result).toBe(
      true,
    );
    await post('/_sandbox/clock', { advanceMs: HOURS_MS });
    expect(await refusal('deleteMessage', { message_id: old })).toBe(
      "400 Bad Request: message can't be deleted for everyone",
    );
    const stub = { chat_id: CHAT_ID, message_id: old, text: 'stub' };
    expect((await call('editMessageText', stub)).body.ok).toBe(true);
    expect(await refusal('editMessageText', { text: 'x', message_id: young })).toContain(
      'not found',
    );
  });

  it('says how long to wait when a chat gets too much', async () => {
    await post('/_sandbox/seed', {
      chats: [{ id: 77, title: 'Busy' }],
      limits: { perChatPerMinute: 2 },
    });
    const answers = [];
    for (let nr = 0; nr < 3; nr += 1) {
      answers.push(await call('sendMessage', { chat_id: 77, text: `nr ${nr}` }));
    }
    await post('/_sandbox/seed', { limits: { perChatPerMinute: null } });
    const [, second, third] = answers;
    expect(second?.body.ok).toBe(true);
    const waitSeconds = third?.body.parameters?.retry_after ?? 0;
    expect(waitSeconds).toBeGreaterThan(50);
    expect(third?.body.description).toBe(`Too Many Requests: retry after ${waitSeconds}`);
    expect([third?.status, third?.retryAfter]).toEqual([429, String(waitSeconds)]);
  });

  it('shows a message with all its versions', async () => {
    const messageId = await sendText('<b>first</b> &lt;i&gt;');
    await call('editMessageText', { chat_id: CHAT_ID, message_id: messageId, text: 'second' });
    const show = async (path: string) => (await fetch(chat.url + path)).text();
    const history = await show(`/chats/${CHAT_ID}/messages/${messageId}`);
    expect(history).toContain('<b>first</b> &lt;i&gt;');
    expect(history).toContain('second');
    const page = await show(`/chats/${CHAT_ID}`);
    expect(page).toContain('second');
    expect(page).not.toContain('<b>first</b>');
    expect(await show('/')).toContain('Deploys');
  });

  it('keeps messages over a restart', async () => {
    const messageId = await sendText('kept');
    await chat.stop();
    chat = await startProgram('infra/sandbox/chat/main.ts', ['--port', '0', '--data', dataDir]);
    const edit = { chat_id: CHAT_ID, message_id: messageId, text: 'still here' };
    expect((await call('editMessageText', edit)).body.ok).toBe(true);
    expect(await sendText('next')).toBe(messageId + 1);
  });
});
