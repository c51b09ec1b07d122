import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTelegramClient } from '../../activities/clients/telegram/client.ts';
import { openLedger } from '../../activities/ledger/ledger.ts';
import type { Ledger } from '../../activities/ledger/ledger.ts';
import type { ChatPorts } from '../../activities/notify/chat-port.ts';
import { sendNotices } from '../../activities/notify/send-notices.ts';
import { updateCard } from '../../activities/notify/update-card.ts';
import { startProgram } from '../world/start-program.ts';
import type { StartedProgram } from '../world/start-program.ts';
import { taskRef, taskView } from '../world/task-view.ts';

const TOKEN = '123456:demo-token';

interface Shown {
  messageId: number;
  text: string;
  versions: number;
  previewOff: boolean;
}

let folder: string;
let chat: StartedProgram;
let ledgerProgram: StartedProgram;
let ledger: Ledger;
let chatId = -1000;
const failures: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telegram-test-'));
  [chat, ledgerProgram] = await Promise.all([
    startProgram('infra/sandbox/chat/main.ts', ['--port', '0', '--data', join(folder, 'chat')]),
    startProgram('workers/ledger.ts', ['--port', '0', '--data', join(folder, 'ledger')]),
  ]);
  const url = ledgerProgram.url;
  ledger = openLedger({ url, maxConnections: 2, onBrokenConnection: () => undefined });
});

afterAll(async () => {
  await ledger.close();
  await Promise.all([chat.stop(), ledgerProgram.stop()]);
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  chatId -= 1;
  failures.length = 0;
  await control('seed', {
    bots: [{ token: TOKEN, username: 'orchestrator_bot' }],
    chats: [{ id: chatId, title: 'Deliveries' }],
  });
  await fetch(`${chat.url}/_sandbox/faults`, { method: 'DELETE' });
});

describe('the card', () => {
  const card = (text: string) => ({ life: `card${chatId}.1`, taskId: 'NOTE-1', text });

  it('is one message, edited only when its text changed', async () => {
    expect(await updateCard(ports(), card('<b>one</b>'))).toBe('ok');
    expect(await updateCard(ports(), card('<b>one</b>'))).toBe('not_modified');
    expect(await updateCard(ports(), card('two'))).toBe('ok');
    expect(await shown()).toMatchObject([{ text: 'two', versions: 2, previewOff: true }]);
  });

  it('survives a lost answer to an edit: the same text again is a success', async () => {
    await updateCard(ports(), card('one'));
    await fault({ kind: 'drop-answer', match: { path: 'editMessageText' } });
    expect(await updateCard(ports(), card('two'))).toBe('failed');
    expect(await updateCard(ports(), card('two'))).toBe('not_modified');
    expect(await shown()).toMatchObject([{ text: 'two', versions: 2 }]);
    expect(failures).toEqual(['card']);
  });

  it('ORCH-087: is sent anew only when its message is gone', async () => {
    await updateCard(ports(), card('one'));
    await fault({ kind: 'status', status: 502, match: { path: 'editMessageText' } });
    expect(await updateCard(ports(), card('two'))).toBe('failed');
    const [first] = await shown();
    await call('deleteMessage', { chat_id: chatId, message_id: first?.messageId });
    expect(await updateCard(ports(), card('two'))).toBe('ok');
    expect(await shown()).toMatchObject([{ text: 'two', versions: 1 }]);
  });

  it('of a chat that refuses is sent at a later transition', async () => {
    await fault({ kind: 'status', status: 403, match: { path: 'sendMessage' }, times: 3 });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await updateCard(ports(), card('one'))).toBe('failed');
    }
    expect(await updateCard(ports(), card('one'))).toBe('ok');
    expect(await shown()).toHaveLength(1);
  });

  it('goes out plain when the chat refuses its markup', async () => {
    expect(await updateCard(ports(), card('<b>took</b> <1m> &lt;2m'))).toBe('ok');
    expect(await shown()).toMatchObject([{ text: 'took <1m> <2m' }]);
  });
});

describe('notices', () => {
  it('ring once each, in order, and wait for the next batch while the chat is down', async () => {
    await claim('one', 'two');
    await fault({ kind: 'status', status: 502, match: { path: 'sendMessage' } });
    expect(await send('batch-1')).toBe(false);
    expect(await shown()).toEqual([]);
    expect(await send('batch-2')).toBe(true);
    expect(await send('batch-2')).toBe(true);
    expect((await shown()).map(({ text }) => text)).toEqual(['one', 'two']);
    expect(failures).toEqual(['notice']);
  });

  it('are sent after the wait a throttling chat asks for', async () => {
    await claim('one');
    const body = { ok: false, error_code: 429, description: 'Too Many Requests: retry after 1' };
    await fault({
      kind: 'status',
      status: 429,
      body: { ...body, parameters: { retry_after: 1 } },
      match: { path: 'sendMessage' },
    });
    expect(await send('batch-1')).toBe(true);
    expect(await shown()).toHaveLength(1);
  });

  it('cost a batch no more time than it has when the chat hangs', async () => {
    await claim('one');
    await fault({ kind: 'hang', match: { path: 'sendMessage' } });
    // The client alone would wait longer than this test may last.
    const short = { ...ports(60_000), deadlineMs: Date.now() + 1500 };
    expect(await sendNotices(short, { project: project(), sender: 'short' })).toBe(false);
    expect(await send('batch-2')).toBe(true);
    expect(await shown()).toHaveLength(1);
  });

  it('are left alone when no time is left for the chat', async () => {
    await claim('one');
    const late = { ...ports(), deadlineMs: Date.now() };
    expect(await sendNotices(late, { project: project(), sender: 'late' })).toBe(false);
    expect(await send('batch-2')).toBe(true);
    expect(await shown()).toHaveLength(1);
  });

  const project = () => `project${chatId}`;
  const send = (sender: string) => sendNotices(ports(), { project: project(), sender });
  const claim = async (...bodies: string[]) => {
    const life = `notice${chatId}.1`;
    const task = { ...taskRef(life), project: project() };
    await ledger.recordBatch({
      task,
      runId: 'r',
      writtenBy: 1,
      view: taskView(life, { ref: task }),
      effects: [],
      notices: bodies.map((body) => ({ key: body, body })),
    });
  };
});

it('an unknown bot is refused without its token in the error', async () => {
  const options = { url: chat.url, token: '1:secret', chatId: String(chatId), timeoutMs: 2000 };
  const failed = createTelegramClient(options).send(
    { text: 'x', plain: true, timeoutMs: 2000 },
    { silent: true },
  );
  await expect(failed).rejects.toMatchObject({ status: 401 });
  await expect(failed).rejects.not.toThrow('secret');
});

function ports(timeoutMs = 2000): ChatPorts {
  return {
    chat: createTelegramClient({
      url: chat.url,
      token: TOKEN,
      chatId: String(chatId),
      timeoutMs,
    }),
    ledger,
    log: pino({ level: 'silent' }),
    failed: (what) => failures.push(what),
    deadlineMs: Date.now() + 20_000,
  };
}

async function shown(): Promise<Shown[]> {
  const state = (await (await fetch(`${chat.url}/_sandbox/state`)).json()) as {
    messages: {
      chatId: number;
      messageId: number;
      deletedAtMs: number | null;
      versions: { text: string }[];
      linkPreviewOptions: { is_disabled?: boolean } | null;
    }[];
  };
  return state.messages
    .filter((message) => message.chatId === chatId && message.deletedAtMs === null)
    .map((message) => ({
      messageId: message.messageId,
      text: message.versions.at(-1)?.text ?? '',
      versions: message.versions.length,
      previewOff: message.linkPreviewOptions?.is_disabled === true,
    }));
}

function control(name: string, body: object): Promise<Response> {
  return post(`/_sandbox/${name}`, body);
}

const fault = (body: object) => control('faults', body);
const call = (method: string, body: object) => post(`/bot${TOKEN}/${method}`, body);

function post(path: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(chat.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
}
