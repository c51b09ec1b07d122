import { describe, expect, it } from 'vitest';
import type { Hint } from '../../../../api/hint.ts';
import { translatePlane } from '../../../../api/webhooks/plane.ts';
import { readDelivery } from '../recorded-delivery.ts';
import { NOTES, projectOf } from '../sample-projects.ts';

const world = { projects: [NOTES], botIds: [] as readonly string[] };
const recorded = (name: string) => readDelivery('plane', name).body;
const START: Hint = {
  kind: 'start',
  title: 'Тест <1m: health endpoint',
  input: {
    project: 'notes',
    id: 'NT-2' as never,
    itemId: '874e93aa-2d7b-44fb-a61c-c691f5b7d9b6',
    repo: NOTES.repo,
  },
};
const BOARD: Hint = { kind: 'board', id: 'NT-2' as never };

describe('deliveries a live board made', () => {
  it.each<[string, Hint]>([
    ['issue-updated-state', START],
    ['issue-updated-point', BOARD],
    ['issue-updated-priority', BOARD],
    ['ui-issue-updated-state_id', BOARD],
  ])('%s is a hint', (name, hint) => {
    expect(translatePlane(recorded(name), world)).toEqual({ kind: 'hint', hint });
  });

  it.each(['issue-created', 'issue_comment-created'])('BUG 3: %s moves nothing', (name) => {
    expect(translatePlane(recorded(name), world)).toMatchObject({
      kind: 'ignored',
      reason: 'irrelevant',
    });
  });
});

const HINT_START = { kind: 'hint', hint: { kind: 'start' } };
const HINT_BOARD = { kind: 'hint', hint: { kind: 'board' } };
const item = (change: object) => ({
  event: 'issue',
  action: 'updated',
  data: {
    id: 'uuid-of-item',
    project: NOTES.board.projectId,
    sequence_id: 7,
    name: 'A title',
    state: { id: 'uuid-of-state', name: 'To Analyse', group: 'unstarted' },
  },
  activity: { field: 'state', actor: { id: 'anna' } },
  ...change,
});
const inState = (state: unknown) => item({ data: { ...item({}).data, state } });

describe('what a board delivery means', () => {
  it.each<[string, object, object]>([
    ['an item moved to the start gesture', item({}), HINT_START],
    ['the old spelling of the action', item({ action: 'update' }), HINT_START],
    ['no activity at all, as old versions send', item({ activity: undefined }), HINT_START],
    ['another state', inState({ name: 'STOP' }), HINT_BOARD],
    ['other letter case of the gesture', inState({ name: ' to analyse' }), HINT_START],
    ['no state', inState(null), HINT_BOARD],
    ['a bot of ours', item({ activity: { actor: { id: 'our-bot' } } }), { reason: 'echo' }],
    ['an item made, even in the gesture', item({ action: 'created' }), { reason: 'irrelevant' }],
    ['an item deleted', item({ action: 'deleted' }), { reason: 'irrelevant' }],
    ['a cycle', item({ event: 'cycle' }), { reason: 'irrelevant' }],
    [
      'I16: a project we do not know',
      item({ data: { project: 'stranger' } }),
      { reason: 'unknown-project' },
    ],
    ['I16: no project', item({ data: {} }), { reason: 'unknown-project' }],
  ])('%s', (_, body, expected) => {
    const translation = translatePlane(body, { ...world, botIds: ['our-bot'] });
    expect(translation).toMatchObject(expected);
  });

  it('an alias of the start gesture counts in its own project only', () => {
    const aliased = projectOf('aliased', {
      prefix: 'AL',
      repo: 'acme/aliased',
      boardId: 'board-of-aliased',
      startAlias: 'Анализ',
    });
    const there = { ...item({}).data, project: 'board-of-aliased', state: { name: 'Анализ' } };
    const worlds = { ...world, projects: [NOTES, aliased] };
    expect(translatePlane(item({ data: there }), worlds)).toMatchObject({
      hint: { kind: 'start', input: { id: 'AL-7', project: 'aliased', repo: 'acme/aliased' } },
    });
    expect(translatePlane(inState({ name: 'Анализ' }), worlds)).toMatchObject({
      hint: { kind: 'board' },
    });
  });

  it.each<[string, unknown]>([
    ['no object', 'text'],
    ['no event', { action: 'updated', data: {} }],
    ['no sequence', item({ data: { project: NOTES.board.projectId, id: 'x', name: 'n' } })],
    ['a sequence of text', item({ data: { ...item({}).data, sequence_id: '7; drop' } })],
  ])('throws on %s', (_, body) => {
    expect(() => translatePlane(body, world)).toThrow();
  });
});
