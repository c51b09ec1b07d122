import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addComment } from '../../activities/board/add-comment.ts';
import { createBoard } from '../../activities/board/board.ts';
import type { Board } from '../../activities/board/board.ts';
import { readItem } from '../../activities/board/read-item.ts';
import { setStatus } from '../../activities/board/set-status.ts';
import { createPlaneClient } from '../../activities/clients/plane/client.ts';
import type { BoardClient } from '../../activities/clients/plane/client.ts';
import type { Project } from '../../workflows/domain/project.ts';
import { notesProject } from '../world/notes-project.ts';
import { taskRef } from '../world/task-view.ts';
import { property, resultsOf, startBoard } from './board-session.ts';
import type { BoardSession } from './board-session.ts';
import { replayRecorded } from './recorded-server.ts';

const log = pino({ level: 'silent' });
const STATES = [
  { name: 'Backlog', group: 'backlog' },
  { name: 'К анализу', group: 'unstarted' },
  { name: 'In Progress', group: 'started' },
  { name: 'Development', group: 'started' },
  { name: 'Done', group: 'completed' },
  { name: 'STOP', group: 'cancelled' },
  { name: 'Cancelled', group: 'cancelled' },
];

describe('the Plane client on the sandbox board', () => {
  let session: BoardSession;
  let board: Board;
  let project: Project;

  beforeAll(async () => {
    session = await startBoard({
      users: [{ name: 'anna' }, { name: 'stream', bot: true }, { name: 'analyst', bot: true }],
      project: {
        identifier: 'NOTE',
        name: 'Notes',
        members: ['anna', 'stream', 'analyst'],
        states: STATES,
        labels: ['Bug'],
      },
    });
    board = openBoard(session.url);
    const projectId = session.projectPath.split('/')[3] ?? '';
    project = notesProject(
      { workspace: 'acme', projectId },
      { statusAliases: { 'To Analyse': ['К анализу'] } },
    );
  });

  afterAll(() => session[Symbol.asyncDispose]());

  const newItem = async (body: object = {}) => {
    const answer = await session.project('anna', 'POST work-items/', {
      name: 'Add a health endpoint',
      description_html: '<p>Please</p>',
      ...body,
    });
    return String(property(answer, 'id'));
  };
  const stateId = async (name: string) => {
    const states = resultsOf(await session.project('anna', 'GET states/'));
    return String(states.find((state) => state['name'] === name)?.['id']);
  };
  const move = async (as: string, itemId: string, name: string) => {
    await session.project(as, `PATCH work-items/${itemId}/`, { state: await stateId(name) });
  };
  const stateOf = async (itemId: string) =>
    (await board.client.readItem(project.board, itemId))?.state.name;
  const fault = (body: object) => session.control('faults', body);

  it('reads an item with its people, its log oldest first and our names for states', async () => {
    const labels = resultsOf(await session.project('anna', 'GET labels/'));
    const itemId = await newItem({ labels: [labels[0]?.['id']] });
    await move('anna', itemId, 'К анализу');
    await move('stream', itemId, 'Development');
    await expect.poll(async () => (await readItem(board, project, itemId))?.entries.length).toBe(2);
    const item = await readItem(board, project, itemId);
    const anna = await userId('anna');
    expect(item).toMatchObject({
      title: 'Add a health endpoint',
      hasDescription: true,
      labels: ['Bug'],
      stateName: 'Development',
      stateGroup: 'started',
      createdById: anna,
      humanIds: [anna],
      approverIds: [anna],
    });
    expect(item?.entries.map(({ to, actorId }) => [to, actorId === anna])).toEqual([
      ['To Analyse', true],
      ['Development', false],
    ]);
    expect(item?.entries[0]?.at).toMatch(/\.\d{6}Z$/);
  });

  it('answers null for an item the board does not know', async () => {
    expect(await readItem(board, project, '00000000-0000-4000-8000-000000000000')).toBeNull();
  });

  it('counts only listed approvers who are human members', async () => {
    const itemId = await newItem({ description_html: '<p>&nbsp;</p>' });
    const [anna, stream] = [await userId('anna'), await userId('stream')];
    const strict = { ...project, approverIds: [anna, stream, 'somebody'] };
    expect(await readItem(board, strict, itemId)).toMatchObject({
      approverIds: [anna],
      hasDescription: false,
    });
  });

  it('sets a status once, and the fallback where the board lacks it', async () => {
    const itemId = await newItem();
    expect(await setStatus(board, project, { itemId, status: 'Development' })).toBe('written');
    expect(await setStatus(board, project, { itemId, status: 'Development' })).toBe('same');
    expect(await setStatus(board, project, { itemId, status: 'Code Review' })).toBe('written');
    expect(await stateOf(itemId)).toBe('In Progress');
  });

  it('I14, ORCH-094: a terminal board state is never overwritten, and a finished task becomes Done', async () => {
    const itemId = await newItem();
    await move('anna', itemId, 'Cancelled');
    expect(await setStatus(board, project, { itemId, status: 'Development' })).toBe('terminal');
    expect(await stateOf(itemId)).toBe('Cancelled');
    expect(await setStatus(board, project, { itemId, status: 'Done' })).toBe('written');
    expect(await setStatus(board, project, { itemId, status: 'Cancelled' })).toBe('terminal');
    expect(await stateOf(itemId)).toBe('Done');
  });

  it('shows Cancelled after STOP, which is a gesture and no end', async () => {
    const itemId = await newItem();
    await move('anna', itemId, 'STOP');
    expect(await setStatus(board, project, { itemId, status: 'Cancelled' })).toBe('written');
  });

  it('writes a comment as its role, exactly once, also when the answer was lost', async () => {
    const itemId = await newItem();
    const task = { ...taskRef('life.1'), itemId };
    const comment = { task, key: 'k1', by: 'analyst' as const, html: '<p>hello</p>' };
    await fault({ kind: 'drop-answer', match: { method: 'POST', path: '/comments/' } });
    await expect(addComment(board, project, comment)).rejects.toThrow('did not answer');
    expect(await addComment(board, project, comment)).toBe(false);
    const comments = await board.client.listComments(project.board, itemId);
    expect(comments).toMatchObject([{ html: '<p>hello</p>', actorId: await userId('analyst') }]);
  });

  it('throws a rate limit with the time to wait, and never the token', async () => {
    await fault({ kind: 'status', status: 429, headers: { 'Retry-After': '60' } });
    const failed = board.client.listStates(project.board);
    await expect(failed).rejects.toMatchObject({ status: 429, retryAfterMs: 60_000 });
    await expect(failed).rejects.not.toThrow('key-stream');
  });

  const userId = async (name: string) =>
    String(property(await session.api(name, 'GET users/me/'), 'id'));
});

describe('the Plane client on recorded answers', () => {
  const project = { workspace: 'acme', projectId: '6e689e6b-5513-467c-b7a8-c24c8871cae6' };
  const replay = async <T>(file: string, ask: (client: BoardClient) => Promise<T>) => {
    await using server = await replayRecorded(`plane/rest/${file}`);
    return { answer: await ask(openBoard(server.url).client), asked: server.asked };
  };

  it('reads an expanded item', async () => {
    const file = '10-get-work-item-expanded.json';
    const { answer, asked } = await replay(file, (client) => client.readItem(project, '874e93aa'));
    expect(answer).toMatchObject({
      title: 'Тест <1m: health endpoint',
      sequence: 2,
      state: { name: 'Backlog', group: 'backlog' },
      labels: ['Bug'],
    });
    expect(asked[0]?.line).toMatch(/work-items\/874e93aa\/\?expand=state,labels$/);
  });

  it('refuses an item whose state did not come expanded', async () => {
    const read = replay('09-get-work-item.json', (client) => client.readItem(project, '874e93aa'));
    await expect(read).rejects.toThrow(/unexpected shape.*state/s);
  });

  it('turns the newest-first log round and keeps an entry once that moved to the next page', async () => {
    const file = '14-list-activities-page.json';
    const { answer, asked } = await replay(file, (client) => client.listStateChanges(project, 'i'));
    expect(answer.map((change) => change.to)).toEqual(['Approved', 'In Review']);
    expect(asked).toHaveLength(10);
  });

  it('takes 409 for a comment that is already there', async () => {
    const comment = { itemId: 'i', html: '<p>hello</p>', externalId: 'k1', by: 'stream' as const };
    const { answer, asked } = await replay('17-create-comment-409.json', (client) =>
      client.addComment(project, comment),
    );
    expect(answer).toBe(false);
    expect(asked[0]?.body).toMatchObject({ external_source: 'orchestrator' });
  });

  it('reads states, members and comments', async () => {
    const states = await replay('01-list-states.json', (client) => client.listStates(project));
    expect(states.answer).toHaveLength(10);
    const members = await replay('04-list-members.json', (client) => client.listMembers(project));
    expect(members.answer).toMatchObject([{ name: 'stream' }, { name: 'human' }]);
    const comments = await replay('18-list-comments.json', (client) =>
      client.listComments(project, 'i'),
    );
    expect(comments.answer).toMatchObject([{ html: '<p>hello</p>' }]);
  });
});

function openBoard(url: string): Board {
  const client = createPlaneClient({
    url,
    sharedToken: 'key-stream',
    roleTokens: { analyst: 'key-analyst' },
    timeoutMs: 5000,
  });
  return createBoard(client, log);
}
