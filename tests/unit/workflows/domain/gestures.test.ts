import { describe, expect, it } from 'vitest';
import type { BoardItem } from '../../../../workflows/domain/board-item.ts';
import {
  findStart,
  GESTURES,
  isGesture,
  judgeGesture,
  logLags,
  readGestures,
} from '../../../../workflows/domain/gestures.ts';
import type { Gesture, GestureVerdict } from '../../../../workflows/domain/gestures.ts';
import { STAGES } from '../../../../workflows/domain/stages.ts';
import type { StageName } from '../../../../workflows/domain/stages.ts';
import type { WaitSubject } from '../../../../workflows/domain/task-state.ts';
import { at, boardItem, entry, taskAt, waitFor } from '../../../world/task-at.ts';

const NAMES = Object.keys(STAGES) as StageName[];
const WAITS = Object.keys({
  approval: 0,
  answers: 0,
  confirmation: 0,
  revival: 0,
  lane: 0,
  'staging-slot': 0,
  'production-slot': 0,
  'agent-slot': 0,
  'provider-limit': 0,
  'agent-retry': 0,
  budget: 0,
  host: 0,
  ci: 0,
  mergeable: 0,
  infra: 0,
} satisfies Record<WaitSubject, 0>) as WaitSubject[];

/** The product's table: which gesture acts in which wait, and how. Every other cell is answered and changes nothing. */
const ACTS: readonly (readonly [Gesture, WaitSubject, GestureVerdict['kind']])[] = [
  ['To Analyse', 'answers', 'answer'],
  ['To Analyse', 'revival', 'revive'],
  ['To Analyse', 'infra', 'retry'],
  ['To Analyse', 'agent-retry', 'retry'],
  ['To Analyse', 'budget', 'retry'],
  ['To Analyse', 'host', 'retry'],
  ['Approved', 'approval', 'approve'],
  ['Rejected', 'approval', 'reject'],
  ['Confirm Deploy', 'confirmation', 'confirm'],
];
const BY_APPROVERS: readonly Gesture[] = ['Approved', 'Rejected', 'Confirm Deploy'];

const CELLS = GESTURES.flatMap((gesture) =>
  [null, ...WAITS].flatMap((on) => NAMES.map((stage) => ({ gesture, on, stage }))),
);

function judge(about: { gesture: string; on: WaitSubject | null; stage: StageName; by?: string }) {
  const state = taskAt(about.stage, { wait: about.on === null ? null : waitFor(about.on) });
  return judgeGesture(entry(about.gesture, 5, about.by), state, boardItem());
}

describe('the gesture table', () => {
  it('answers every gesture in every stage and wait, and acts in exactly the cells of the product', () => {
    expect(CELLS).toHaveLength(GESTURES.length * (WAITS.length + 1) * NAMES.length);
    for (const cell of CELLS) {
      const acts = ACTS.find(([gesture, on]) => gesture === cell.gesture && on === cell.on);
      const verdict = judge(cell);
      const name = `${cell.gesture} in ${cell.stage}, waiting for ${cell.on ?? 'nothing'}`;
      expect(verdict.kind, name).toBe(acts?.[2] ?? 'ignore');
      if (verdict.kind === 'ignore') expect(verdict.because, name).not.toBe('');
    }
  });

  it('ORCH-059: never lets Approved deploy, in no stage and no wait', () => {
    const verdicts = CELLS.filter((cell) => cell.gesture !== 'Confirm Deploy').map(judge);
    expect(verdicts.filter((verdict) => verdict.kind === 'confirm')).toEqual([]);
    expect(judge({ gesture: 'Approved', on: 'confirmation', stage: 'deploy' })).toEqual({
      kind: 'ignore',
      because: 'Approved never deploys: use Confirm Deploy',
    });
  });

  it('I2: lets only approvers approve, reject and confirm', () => {
    for (const cell of CELLS) {
      const verdict = judge({ ...cell, by: 'olga' });
      if (BY_APPROVERS.includes(cell.gesture)) expect(verdict.kind).toBe('ignore');
      else expect(verdict).toEqual(judge(cell));
    }
    expect(judge({ gesture: 'Approved', on: 'approval', stage: 'analysis', by: 'olga' })).toEqual({
      kind: 'ignore',
      because: 'its author is not an approver of this project',
    });
  });

  it('ET-013: lets nothing but To Analyse revive a task that waits for a person', () => {
    const reviving = CELLS.filter((cell) => judge(cell).kind === 'revive');
    expect(new Set(reviving.map((cell) => `${cell.gesture}/${String(cell.on)}`))).toEqual(
      new Set(['To Analyse/revival']),
    );
  });

  it.each([
    ['approval', 'Approved or Rejected'],
    ['confirmation', 'Confirm Deploy'],
    ['answers', 'To Analyse'],
    ['revival', 'To Analyse'],
    ['infra', 'To Analyse'],
    ['ci', 'none: the task is working'],
    [null, 'none: the task is working'],
  ] as const)('puts back a status set by hand while waiting for %s and names %s', (on, use) => {
    for (const found of ['Done', 'Cancelled', 'Development', 'Backlog', 'to analyse', '']) {
      const verdict = judge({ gesture: found, on, stage: 'deploy' });
      expect(verdict, found).toEqual({ kind: 'restore', use });
    }
  });

  it('is closed: nothing but the six names is a gesture', () => {
    for (const name of ['approved', 'Approve', 'STOP ', 'Done', '']) {
      expect(isGesture(name), name).toBe(false);
    }
    expect(GESTURES.filter((name) => !isGesture(name))).toEqual([]);
  });
});

describe('a start', () => {
  const start = (patch: Partial<BoardItem> = {}, after = '') => findStart(boardItem(patch), after);

  it('is the entry that moved the item to To Analyse', () => {
    expect(start()?.id).toBe('To Analyse@0');
  });

  it.each([
    ['ORCH-053: there is no entry in the log', { entries: [] }],
    ['the item has left To Analyse', { stateName: 'Backlog' }],
    ['a bot moved it', { entries: [entry('To Analyse', 1, 'analyst')] }],
    ['a stranger moved it', { entries: [entry('To Analyse', 1, 'boris')] }],
    ['a stranger made the item', { createdById: 'boris' }],
    [
      'a person stopped it later and a bot wrote the old state back',
      { entries: [entry('To Analyse', 1), entry('STOP', 2), entry('To Analyse', 3, 'stream')] },
    ],
  ] as [string, Partial<BoardItem>][])('is none when %s', (_, patch) => {
    expect(start(patch)).toBeNull();
  });

  it('is the newest of several, and a bot writing in between cancels nothing', () => {
    const entries = [
      entry('To Analyse', 1),
      entry('Blocked', 2, 'stream'),
      entry('To Analyse', 3),
      entry('Analysis', 4, 'stream'),
    ];
    expect(start({ entries })?.id).toBe('To Analyse@3');
  });

  it('ET-002: is none a second time for the entry that started the life before', () => {
    const entries = [entry('To Analyse', 3)];
    expect(start({ entries }, at(3))).toBeNull();
    expect(start({ entries }, at(2))?.id).toBe('To Analyse@3');
  });
});

describe('the activity log', () => {
  const lags = (stateName: string, ...entries: BoardItem['entries']) =>
    logLags(boardItem({ stateName, entries }));

  it('lags while its newest entry is not the gesture the item is in', () => {
    expect(lags('Approved', entry('To Analyse', 1))).toBe(true);
    expect(lags('To Analyse')).toBe(true);
  });

  it('does not lag once it explains the gesture, whoever made it', () => {
    expect(lags('Approved', entry('To Analyse', 1), entry('Approved', 2))).toBe(false);
    expect(lags('To Analyse', entry('To Analyse', 1, 'stream'))).toBe(false);
  });

  it('is not waited for when the item is in no gesture', () => {
    expect(lags('Development')).toBe(false);
  });
});

describe('reading gestures', () => {
  const state = taskAt('analysis', { consumedEntries: ['To Analyse@0', 'Rejected@2'] });
  const read = (...entries: BoardItem['entries']) => readGestures(boardItem({ entries }), state);

  it('finds nothing in a log that was read before', () => {
    expect(read(entry('To Analyse', 0), entry('Rejected', 2))).toEqual({
      stop: null,
      acting: null,
      superseded: [],
      consumed: [],
    });
  });

  it('lets the newest act and records the ones before it', () => {
    const reading = read(entry('Rejected', 3), entry('Approved', 4), entry('Confirm Deploy', 5));
    expect(reading.acting?.to).toBe('Confirm Deploy');
    expect(reading.superseded.map(({ to }) => to)).toEqual(['Rejected', 'Approved']);
    expect(reading.consumed).toEqual(['Rejected@3', 'Approved@4', 'Confirm Deploy@5']);
  });

  it.each([
    ['before', [entry('STOP', 3), entry('Approved', 4)]],
    ['after', [entry('Approved', 3), entry('STOP', 4)]],
  ] as const)('ORCH-090: always counts STOP, also %s another gesture', (_, entries) => {
    const reading = read(...entries);
    expect(reading.stop?.to).toBe('STOP');
    expect(reading.acting?.to).toBe('Approved');
    expect(reading.superseded).toEqual([]);
    expect(reading.consumed).toHaveLength(2);
  });

  it('BUG 3: never reads what a bot did, not even ours', () => {
    const reading = read(entry('Approved', 3, 'analyst'), entry('STOP', 4, 'stream'));
    expect(reading).toMatchObject({ stop: null, acting: null, consumed: [] });
  });

  it('I2: never reads what a stranger did', () => {
    expect(read(entry('Approved', 3, 'boris')).consumed).toEqual([]);
  });

  it('leaves alone what happened before this life began', () => {
    const later = taskAt('analysis', { startEntryAt: at(10), consumedEntries: [] });
    const entries = [entry('STOP', 8), entry('Approved', 9), entry('To Analyse', 10)];
    expect(readGestures(boardItem({ entries }), later)).toMatchObject({ stop: null, consumed: [] });
  });

  it('I3: is the same when it is done twice or the log is read late', () => {
    const entries = [entry('Rejected', 3), entry('STOP', 4), entry('Approved', 5)];
    const once = read(...entries);
    const consumedEntries = [...state.consumedEntries, ...once.consumed];
    const twice = readGestures(boardItem({ entries }), { ...state, consumedEntries });
    expect(twice).toEqual({ stop: null, acting: null, superseded: [], consumed: [] });
  });
});
