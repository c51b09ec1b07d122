import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { chooseChecks } from '../../workers/doctor/choose-checks.ts';
import type { ProcessName } from '../../workers/doctor/choose-checks.ts';
import { runChecks } from '../../workers/doctor/run-checks.ts';
import { hideSecrets, secretsOf } from '../../workers/doctor/write-findings.ts';
import { startProgram } from '../world/start-program.ts';
import type { StartedProgram } from '../world/start-program.ts';
import { startBoard } from './board-session.ts';
import type { BoardSession } from './board-session.ts';
import { startForge } from './forge-session.ts';
import type { ForgeSession } from './forge-session.ts';

const NOTHING_LISTENS = '127.0.0.1:1';
const BOT = 'Zk7-stream';

let folder: string;
let board: BoardSession;
let bare: BoardSession;
let forge: ForgeSession;
let chat: StartedProgram;
let ledger: StartedProgram;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orch-doctor-'));
  const users = [{ name: BOT, bot: true }];
  const about = { identifier: 'NOTE', name: 'Notes', members: [BOT] };
  const states = [
    { name: 'To Analyse', group: 'unstarted' },
    { name: 'Approved', group: 'started' },
    { name: 'In Progress', group: 'started' },
    { name: 'Done', group: 'completed' },
  ];
  [board, bare, forge, chat, ledger] = await Promise.all([
    startBoard({ users, project: about }),
    startBoard({ users, project: { ...about, states } }),
    startForge({
      repos: [{ owner: 'acme', name: 'notes', template: 'infra/sandbox/sample-project' }],
    }),
    startProgram('infra/sandbox/chat/main.ts', ['--port', '0', '--data', join(folder, 'chat')]),
    startProgram('workers/ledger.ts', ['--data', join(folder, 'ledger'), '--port', '0']),
  ]);
  await fetch(`${chat.url}/_sandbox/seed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ bots: [{ token: '1:chat-key', username: 'orch_bot' }], chats: [] }),
  });
});

afterAll(async () => {
  await Promise.all([chat.stop(), ledger.stop()]);
  for (const part of [board, bare, forge]) await part[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function environment(change: Record<string, string> = {}, on = board) {
  const projectId = on.projectPath.split('/').at(-2) ?? '';
  const file = join(folder, `${projectId}.yaml`);
  const commands = { test: ['true'], build: ['true'], start: ['true'] };
  const notes = { name: 'Notes', prefix: 'NOTE', repo: 'acme/notes', commands };
  const projects = { notes: { ...notes, board: { workspace: 'acme', projectId } } };
  await writeFile(file, stringify({ projects }));
  return {
    ...{ PATH: process.env['PATH'] ?? '', ORCH_PROFILE: 'test', ORCH_PROJECTS_FILE: file },
    ...{ ORCH_DATA_DIR: join(folder, 'data'), ORCH_TEMPORAL_ADDRESS: NOTHING_LISTENS },
    ...{ ORCH_LEDGER_URL: ledger.url, ORCH_PLANE_URL: on.url, ORCH_GITEA_URL: forge.url },
    ...{ ORCH_PLANE_TOKEN: `key-${BOT}`, ORCH_PLANE_READ_TOKEN: `key-${BOT}` },
    ...{ ORCH_GITEA_USER: 'dev', ORCH_GITEA_TOKEN: 'dev-token', ORCH_GITEA_GIT_TOKEN: 'dev-token' },
    ...{
      ORCH_TELEGRAM_URL: chat.url,
      ORCH_TELEGRAM_TOKEN: '1:chat-key',
      ORCH_TELEGRAM_CHAT_ID: '1',
    },
    ORCH_AGENT_COMMAND: JSON.stringify([process.execPath, 'infra/sandbox/agent/agent.ts']),
    ...change,
  };
}

/** What the doctor says, as `level check: text`, and what to do. */
async function examine(env: Record<string, string>, ...processes: ProcessName[]) {
  const { findings, checks } = chooseChecks(env, processes);
  const found = await runChecks(checks, { limitMs: 20_000, onProgress: () => undefined });
  const all = hideSecrets([...findings, ...found], secretsOf(env));
  return {
    said: all.map(({ level, check, text }) => `${level} ${check}: ${text}`),
    unmended: all.filter(({ level, fix }) => level !== 'ok' && fix === null),
  };
}

describe('the doctor', () => {
  it('finds well what is well', async () => {
    const { said } = await examine(await environment(), 'flow', 'agents');
    for (const line of [
      'ok board key ORCH_PLANE_TOKEN: valid',
      'ok board of notes: ',
      'ok forge token ORCH_GITEA_TOKEN: valid, user dev',
      'ok forge repository acme/notes: main, writable, merges by fast-forward',
      'ok git acme/notes: main is ',
      'ok chat: @orch_bot',
      'ok ledger: ',
      'ok agent claude: 2.',
      'ok git: git version ',
    ]) {
      expect(said).toContainEqual(expect.stringContaining(line));
    }
  });

  it('names every server that does not answer, and what to do about each', async () => {
    const away = `http://${NOTHING_LISTENS}`;
    const env = await environment({
      ...{ ORCH_PLANE_URL: away, ORCH_GITEA_URL: away, ORCH_TELEGRAM_URL: away },
      ...{ ORCH_LEDGER_URL: `postgres://u:p4ssw0rd@${NOTHING_LISTENS}/x` },
      ORCH_AGENT_COMMAND: 'no-such-agent',
    });
    const { said, unmended } = await examine(env, 'flow', 'agents');
    const broken = said.filter((line) => line.startsWith('problem ')).join('\n');
    for (const check of [
      ...['temporal', 'ledger', 'runner', 'board key ORCH_PLANE_TOKEN', 'board of notes'],
      ...['forge token ORCH_GITEA_TOKEN', 'forge repository acme/notes', 'git acme/notes'],
      ...['chat', 'agent claude'],
    ]) {
      expect(broken).toContain(`problem ${check}: `);
    }
    expect(broken).not.toContain('p4ssw0rd');
    expect(unmended).toEqual([]);
  });

  it('names the setting a refused key is in, and shows none', async () => {
    const wrong = 'Zk7-wrong-key';
    const { said } = await examine(
      await environment({
        ...{ ORCH_PLANE_TOKEN_TESTER: wrong, ORCH_GITEA_TOKEN: wrong },
        ...{ ORCH_GITEA_GIT_TOKEN: wrong, ORCH_TELEGRAM_TOKEN: wrong },
      }),
      ...(['flow', 'agents'] as const),
    );
    const broken = said.filter((line) => line.startsWith('problem ')).join('\n');
    expect(broken).toMatch(/^problem board key ORCH_PLANE_TOKEN_TESTER: .*40[13]/m);
    expect(broken).toMatch(/^problem forge token ORCH_GITEA_TOKEN: .*401/m);
    expect(broken).toMatch(/^problem git acme\/notes: /m);
    expect(broken).toMatch(/^problem chat: .*40[14]/m);
    expect(said.join('\n')).not.toMatch(/Zk7-wrong|chat-key|dev-token|key-Zk7/);
  });

  it('says what a board lacks and what is lost by it', async () => {
    const { said } = await examine(await environment({}, bare), 'flow');
    const about = said.filter((line) => line.includes('board of notes'));
    expect(about).toEqual([
      'warning board of notes: gesture Approved is in group started',
      'warning board of notes: no gesture Rejected: a package cannot be sent back',
      expect.stringContaining('problem board of notes: no gesture Confirm Deploy: '),
      'warning board of notes: no gesture STOP: stop with "orch task stop <ID>"',
      'problem board of notes: no status Cancelled',
      expect.stringContaining('warning board of notes: shown as In Progress: Analysis, '),
    ]);
  });

  it('says that our user may only read', async () => {
    const env = await environment({ ORCH_GITEA_TOKEN: 'guest-token' });
    expect((await examine(env, 'flow')).said).toContain(
      'problem forge repository acme/notes: our user may not write',
    );
  });

  it('says which migrations a ledger lacks', async () => {
    const client = new Client({ connectionString: ledger.url });
    await client.connect();
    await client.query("delete from kysely_migration where name like '0002%'");
    await client.end();
    const { said } = await examine(await environment(), 'api');
    expect(said).toContainEqual(expect.stringMatching(/^problem ledger: .* lacks 0002-/));
  });

  it('lists everything that is not set, once, and still looks at the machine', async () => {
    const { said, unmended } = await examine({ PATH: process.env['PATH'] ?? '' }, 'flow', 'agents');
    const settings = said.filter((line) => line.startsWith('problem settings: '));
    expect(settings.filter((line) => line.includes('ORCH_TEMPORAL_ADDRESS'))).toHaveLength(1);
    expect(settings.join('\n')).toMatch(/ORCH_GITEA_GIT_TOKEN[\s\S]*/);
    expect(said).toContainEqual(expect.stringContaining('ok flock: '));
    expect(unmended).toEqual([]);
  });
});
