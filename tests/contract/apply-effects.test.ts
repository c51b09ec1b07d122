import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createBoard } from '../../activities/board/board.ts';
import { createGiteaClient } from '../../activities/clients/gitea/client.ts';
import { createPlaneClient } from '../../activities/clients/plane/client.ts';
import { createTelegramClient } from '../../activities/clients/telegram/client.ts';
import { applyEffects } from '../../activities/effects/apply-effects.ts';
import { openLedger } from '../../activities/ledger/ledger.ts';
import type { FlowPorts } from '../../activities/flow-ports.ts';
import type { Effect } from '../../workflows/domain/effects.ts';
import type { Project } from '../../workflows/domain/project.ts';
import { notesProject } from '../world/notes-project.ts';
import { startProgram } from '../world/start-program.ts';
import type { StartedProgram } from '../world/start-program.ts';
import { taskRef, taskView } from '../world/task-view.ts';
import { property, startBoard } from './board-session.ts';
import type { BoardSession } from './board-session.ts';
import { cloneRepo, startForge } from './forge-session.ts';
import type { ForgeSession } from './forge-session.ts';

const TOKEN = '123456:demo-token';
let folder: string;
let board: BoardSession;
let forge: ForgeSession;
let chat: StartedProgram;
let ledgerProgram: StartedProgram;
let ports: FlowPorts;
let project: Project;
let itemId: string;
let pullNumber: number;
let lives = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'effects-test-'));
  const at = (name: string) => ['--port', '0', '--data', join(folder, name)];
  [board, forge, chat, ledgerProgram] = await Promise.all([
    startBoard({
      users: [{ name: 'anna' }, { name: 'stream', bot: true }],
      project: { identifier: 'NOTE', name: 'Notes', members: ['anna', 'stream'] },
    }),
    startForge({ repos: [{ owner: 'acme', name: 'notes' }] }),
    startProgram('infra/sandbox/chat/main.ts', at('chat')),
    startProgram('workers/ledger.ts', at('ledger')),
  ]);
  await post(`${chat.url}/_sandbox/seed`, {
    bots: [{ token: TOKEN, username: 'orchestrator_bot' }],
    chats: [{ id: -1001, title: 'Deliveries' }],
  });
  project = notesProject({
    workspace: 'acme',
    projectId: board.projectPath.split('/')[3] ?? '',
  });
  ports = openPorts();
  pullNumber = await openPull();
});

afterAll(async () => {
  await ports.ledger.close();
  await Promise.all([chat.stop(), ledgerProgram.stop()]);
  await board[Symbol.asyncDispose]();
  await forge[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  lives += 1;
  const body = { name: 'Add a health endpoint', description_html: '<p>Please</p>' };
  itemId = String(property(await board.project('anna', 'POST work-items/', body), 'id'));
  await fetch(`${chat.url}/_sandbox/faults`, { method: 'DELETE' });
});

it('a batch applied three times shows everything once', async () => {
  const before = (await messages()).length;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    expect(await apply()).toEqual({ policy: project.policy });
  }
  expect(await seen()).toEqual({ state: 'Development', comments: 1, evidence: 1, transitions: 1 });
  const texts = (await messages()).slice(before);
  expect(texts).toHaveLength(2);
  expect(texts[0]).toContain('Returned from Review: &lt;1m');
  expect(texts[1]).toContain('NOTE-1');
});

it('a board that breaks in the middle fails the batch, and its repeat completes it', async () => {
  const before = (await messages()).length;
  const match = { method: 'POST', path: '/comments/' };
  await board.control('faults', { kind: 'drop-answer', match });
  await expect(apply()).rejects.toThrow('did not answer');
  await apply();
  expect(await seen()).toEqual({ state: 'Development', comments: 1, evidence: 1, transitions: 1 });
  expect((await messages()).slice(before)).toHaveLength(2);
});

it('a chat that is down holds up nothing, and the next batch makes good for it', async () => {
  const before = (await messages()).length;
  await post(`${chat.url}/_sandbox/faults`, { kind: 'status', status: 503, times: 1 });
  await apply();
  expect(await seen()).toMatchObject({ state: 'Development', comments: 1, transitions: 1 });
  expect((await messages()).slice(before)).toHaveLength(0);
  await apply({ effects: [], scheduledAtMs: 2 });
  expect((await messages()).slice(before)).toHaveLength(2);
});

it('an item somebody deleted holds up nothing else of its batch', async () => {
  const before = (await messages()).length;
  itemId = randomUUID();
  expect(await apply()).toEqual({ policy: project.policy });
  const evidence = await ports.forge.listComments(project.repo, pullNumber);
  expect(evidence.filter(({ body }) => body.includes(`orch:${life()}:e1`))).toHaveLength(1);
  expect((await messages()).slice(before)).toHaveLength(2);
});

it('a project the registry lost is refused before anything is written', async () => {
  const task = { ...taskRef(`lost.${lives}`), project: 'unknown', itemId };
  const view = taskView(task.life, { ref: task });
  const input = {
    task,
    policyVersion: 'none',
    runId: 'r',
    effects: effects(),
    view,
    scheduledAtMs: 1,
    deadlineMs: 0,
  };
  await expect(applyEffects(ports, input)).rejects.toThrow('unknown');
  expect((await ports.ledger.readHistory(task.life)).transitions).toEqual([]);
});

const life = () => `effects${lives}.1`;

async function apply(changes: { effects?: readonly Effect[]; scheduledAtMs?: number } = {}) {
  const task = { ...taskRef(life()), itemId };
  const pullRequest = { number: pullNumber, url: 'https://forge.example/pulls/1' };
  const view = taskView(life(), { ref: task, pullRequest });
  await ports.ledger.save({
    id: life(),
    taskId: task.id,
    life: life(),
    name: '15-staging-log.md',
    body: '# Staging log',
  });
  return applyEffects(ports, {
    task,
    runId: 'temporal-run',
    policyVersion: 'none',
    view,
    effects: changes.effects ?? effects(),
    scheduledAtMs: changes.scheduledAtMs ?? 1,
    deadlineMs: Date.now() + 20_000,
  });
}

function effects(): readonly Effect[] {
  const at = '2026-11-21T09:10:00.000Z';
  const reason = '<1m';
  return [
    { kind: 'status', status: 'Development' },
    { kind: 'comment', key: 'c1', by: 'stream', text: { kind: 'held', subject: 'ci', reason } },
    { kind: 'notice', key: 'n1', text: { kind: 'returned', from: 'review', reason } },
    { kind: 'evidence', key: 'e1', document: '15-staging-log.md', documentId: life() },
    { kind: 'transition', seq: 1, from: 'review', to: 'development', at, reason },
  ];
}

async function seen() {
  const item = await ports.board.client.readItem(project.board, itemId);
  const comments = await ports.board.client.listComments(project.board, itemId);
  const evidence = await ports.forge.listComments(project.repo, pullNumber);
  const history = await ports.ledger.readHistory(life());
  return {
    state: item?.state.name,
    comments: comments.length,
    evidence: evidence.filter(({ body }) => body.includes(`orch:${life()}:e1`)).length,
    transitions: history.transitions.length,
  };
}

/** What the chat shows, as HTML, oldest first. */
async function messages(): Promise<string[]> {
  const state = (await (await fetch(`${chat.url}/_sandbox/state`)).json()) as {
    messages: { versions: { html: string }[] }[];
  };
  return state.messages.map(({ versions }) => versions.at(-1)?.html ?? '');
}

async function openPull(): Promise<number> {
  await using clone = await cloneRepo(forge, 'acme/notes', 'dev');
  await clone.git('checkout', '--quiet', '-b', 'feature/x');
  await clone.commit({ 'a.txt': 'a' });
  await clone.push('feature/x');
  const pull = { head: 'feature/x', base: 'main', title: 't', body: '' };
  const created = await ports.forge.createPull(project.repo, pull);
  if (created.kind !== 'created') throw new Error('the pull request was there already');
  return created.pull.number;
}

function openPorts(): FlowPorts {
  const log = pino({ level: 'silent' });
  const timeoutMs = 5000;
  const plane = { url: board.url, sharedToken: 'key-stream', roleTokens: {}, timeoutMs };
  return {
    registry: {
      byKey: (key) => {
        if (key !== project.key) throw new Error(`${key} is unknown`);
        return project;
      },
    },
    board: createBoard(createPlaneClient(plane), log),
    forge: createGiteaClient({ url: forge.url, token: 'dev-token', timeoutMs }),
    chat: createTelegramClient({ url: chat.url, token: TOKEN, chatId: '-1001', timeoutMs }),
    ledger: openLedger({
      url: ledgerProgram.url,
      maxConnections: 2,
      onBrokenConnection: () => undefined,
    }),
    workflows: undefined as never,
    providerLimits: undefined as never,
    addresses: {
      self: 'https://self.example',
      temporalUi: 'https://temporal.example',
      namespace: 'default',
      board: 'https://board.example',
      forge: 'https://forge.example',
      chat: null,
    },
    log,
    chatFailed: () => undefined,
  };
}

function post(url: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
