import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../activities/ledger/ledger.ts';
import type { Ledger } from '../../activities/ledger/ledger.ts';
import type { LedgerBatch } from '../../activities/ledger/batch.ts';
import type { Effect } from '../../workflows/domain/effects.ts';
import type { TaskView } from '../../workflows/domain/task-state.ts';
import { startProgram } from '../world/start-program.ts';
import type { StartedProgram } from '../world/start-program.ts';
import { taskRef, taskView } from '../world/task-view.ts';

const PROGRAM = 'workers/ledger.ts';
let folder: string;
let program: StartedProgram;
let ledger: Ledger;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledger-test-'));
  program = await startProgram(PROGRAM, ['--data', folder, '--port', '0']);
  ledger = open(program.url);
});

afterAll(async () => {
  await ledger.close();
  await program.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the embedded ledger', () => {
  it('refuses a second process on its data directory and says why', async () => {
    await expect(startProgram(PROGRAM, ['--data', folder, '--port', '0'])).rejects.toThrow(
      /code 2: ledger: another process has the ledger in .* open/,
    );
  });

  it('refuses a taken port and says which', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const args = ['--data', join(folder, 'other'), '--port', String(port)];
    await expect(startProgram(PROGRAM, args)).rejects.toThrow(
      `port ${port} on 127.0.0.1 is already`,
    );
    taken.close();
  });

  it('keeps what was committed when it is killed without warning', async () => {
    const data = join(folder, 'killed');
    const first = await spawnLedger(data);
    const before = open(first.url);
    await before.save({ id: 'd1', taskId: 'NOTE-1', life: 'k.1', name: 'a.md', body: 'kept' });
    first.child.kill('SIGKILL');
    await first.ended;
    await before.close();
    await using second = await startProgram(PROGRAM, ['--data', data, '--port', '0']);
    const after = open(second.url);
    expect((await after.read('d1'))?.body).toBe('kept');
    await after.close();
  });

  it('cuts off a client that falls silent inside a transaction, so the others go on', async () => {
    const silent = new Client({ connectionString: program.url });
    silent.on('error', () => undefined);
    await silent.connect();
    await silent.query('begin');
    await silent.query('select 1');
    const pinged = () =>
      ledger.ping().then(
        () => true,
        () => false,
      );
    await expect.poll(pinged, { timeout: 20_000 }).toBe(true);
    await silent.end();
  });

  it('keeps the answers of many clients apart', async () => {
    const others = [ledger, open(program.url), open(program.url)];
    const pick = (index: number) => others[index % 3] ?? ledger;
    const lives = Array.from({ length: 60 }, (_, index) => `many.${index}`);
    await Promise.all(
      lives.map((life, index) =>
        pick(index).save({ id: life, taskId: 'NOTE-1', life, name: 'n', body: life }),
      ),
    );
    const read = await Promise.all(lives.map((life, index) => pick(index + 1).read(life)));
    expect(read.map((document) => document?.body)).toEqual(lives);
    await Promise.all(others.slice(1).map((other) => other.close()));
  });
});

describe('a batch', () => {
  it('says of a run on which host its files are', async () => {
    await ledger.recordBatch(batch('folders.1', { writtenBy: 1, view: { host: 'h1' } }));
    expect((await ledger.readHistory('folders.1')).runs).toMatchObject([{ host: 'h1' }]);
  });

  it('doubles nothing when it is recorded twice', async () => {
    await ledger.recordBatch(batch('twice.1', { writtenBy: 1 }));
    await ledger.recordBatch(batch('twice.1', { writtenBy: 1 }));
    const history = await ledger.readHistory('twice.1');
    expect(history.transitions).toHaveLength(1);
    expect(history.verdicts).toHaveLength(1);
    expect(history.runs).toMatchObject([{ runId: 'run-twice.1', costUsd: null, inputTokens: 120 }]);
  });

  it('of an older time never overwrites the task', async () => {
    await ledger.recordBatch(batch('late.1', { writtenBy: 2, view: { stage: 'review' } }));
    await ledger.recordBatch(batch('late.1', { writtenBy: 1, view: { stage: 'development' } }));
    const [task] = await ledger
      .listTasks({
        project: null,
        taskId: 'NOTE-1',
        after: null,
        limit: 1000,
      })
      .then((rows) => rows.filter((row) => row.life === 'late.1'));
    expect(task).toMatchObject({ stage: 'review' });
  });

  it('survives NUL characters in what agents wrote', async () => {
    await ledger.recordBatch(batch('nul.1', { writtenBy: 1, view: { title: 'a\0b' } }));
    await ledger.save({ id: 'nul', taskId: 'NOTE-1', life: 'nul.1', name: 'x', body: 'c\0d' });
    expect((await ledger.read('nul'))?.body).toBe('cd');
  });
});

describe('documents', () => {
  it('are written once and cut to 256 kB of whole characters', async () => {
    const document = { id: 'long', taskId: 'NOTE-1', life: 'doc.1', name: 'log.md' };
    await ledger.save({ ...document, body: 'ж'.repeat(200_000) });
    await ledger.save({ ...document, body: 'another' });
    const body = (await ledger.read('long'))?.body ?? '';
    expect(body).toBe('ж'.repeat(131_072));
    expect(await ledger.read('absent')).toBeNull();
  });
});

describe('pages of tasks', () => {
  it('follow each other by keyset, newest first, without gap or repeat', async () => {
    for (let index = 0; index < 7; index += 1) {
      // Two tasks share each start time: the life decides between them.
      const startedAt = `2026-11-21T10:0${Math.floor(index / 2)}:00.000Z`;
      await ledger.recordBatch(
        batch(`page.${index}`, { writtenBy: 1, project: 'paged', view: { startedAt } }),
      );
    }
    const seen: string[] = [];
    let after: { startedAt: string; life: string } | null = null;
    for (;;) {
      const rows = await ledger.listTasks({ project: 'paged', taskId: null, after, limit: 3 });
      seen.push(...rows.map((row) => row.life));
      const last = rows.at(-1);
      if (last === undefined) break;
      after = { startedAt: last.startedAt, life: last.life };
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((index) => `page.${index}`));
  });
});

describe('notices', () => {
  const take = (sender: string) => ledger.takeNotice('ringing', sender);

  it('are taken once, oldest first, by one sender at a time', async () => {
    const notices = [
      { key: 'a', body: 'first' },
      { key: 'b', body: 'second' },
    ];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await ledger.recordBatch(batch('ring.1', { writtenBy: 1, project: 'ringing', notices }));
    }
    const first = await take('one');
    expect(first?.body).toBe('first');
    expect((await take('two'))?.body).toBe('second');
    expect(await take('two')).toMatchObject({ body: 'second' });
    if (first === null) throw new Error('nothing was taken');
    await ledger.settleNotice(first, 'sent');
    expect(await take('three')).toBeNull();
  });

  it('whose send was doubtful twice are not sent a third time', async () => {
    await ledger.recordBatch(
      batch('ring.2', { writtenBy: 1, project: 'doubt', notices: [{ key: 'a', body: 'x' }] }),
    );
    for (const outcome of ['unsent', 'unsent', 'doubtful', 'doubtful'] as const) {
      const notice = await ledger.takeNotice('doubt', 'one');
      if (notice === null) throw new Error(`not taken before ${outcome}`);
      await ledger.settleNotice(notice, outcome);
    }
    expect(await ledger.takeNotice('doubt', 'one')).toBeNull();
  });
});

describe('cards', () => {
  it('ORCH-087: a send of unknown outcome is repeated once and no more', async () => {
    await ledger.claimCard({ life: 'card.1', taskId: 'NOTE-1' });
    expect(await ledger.beginCardSend('card.1')).toBe(true);
    await ledger.cancelCardSend('card.1');
    expect(await ledger.beginCardSend('card.1')).toBe(true);
    expect(await ledger.beginCardSend('card.1')).toBe(true);
    expect(await ledger.beginCardSend('card.1')).toBe(false);
    await ledger.saveCard('card.1', { messageId: 5_000_000_001, textHash: 'h' });
    const card = await ledger.claimCard({ life: 'card.1', taskId: 'NOTE-1' });
    expect(card).toEqual({ messageId: 5_000_000_001, textHash: 'h' });
  });
});

function open(url: string): Ledger {
  return openLedger({ url, maxConnections: 4, onBrokenConnection: () => undefined });
}

async function spawnLedger(data: string) {
  const file = resolve(import.meta.dirname, '../..', PROGRAM);
  const child = spawn(
    process.execPath,
    [file, '--data', data, '--port', '0', '--exit-with-parent'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, ended, url: (JSON.parse(line.toString()) as { url: string }).url };
}

function batch(
  life: string,
  changes: {
    writtenBy: number;
    project?: string;
    view?: Partial<TaskView>;
    notices?: LedgerBatch['notices'];
  },
): LedgerBatch {
  const ref = { ...taskRef(life), project: changes.project ?? 'notes' };
  const at = '2026-11-21T09:10:00.000Z';
  const usage = {
    model: 'm',
    effort: 'high',
    inputTokens: 120,
    cachedTokens: 100,
    outputTokens: 7,
    costUsd: null,
  };
  const runId = `run-${life}`;
  const effects: Effect[] = [
    { kind: 'transition', seq: 1, from: 'analysis', to: 'development', at, reason: null },
    {
      kind: 'verdict',
      seq: 1,
      stage: 'analysis',
      gate: 'package',
      outcome: 'pass',
      reason: '',
      at,
    },
    {
      kind: 'run',
      run: { runId, stage: 'analysis', role: 'analyst', end: 'finished', seconds: 3, usage },
    },
  ];
  return {
    task: ref,
    runId: 'temporal-run',
    writtenBy: changes.writtenBy,
    view: taskView(life, { ref, ...changes.view }),
    effects,
    notices: changes.notices ?? [],
  };
}
