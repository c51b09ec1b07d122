import { expect } from 'vitest';
import {
  advancePool,
  dropSlots,
  EMPTY_POOL,
  poolWakeAt,
  returnSlot,
  takeSlotRequest,
} from '../../../../workflows/domain/agent-pool.ts';
import type {
  PoolChange,
  PooledRequest,
  SlotAnswer,
  SlotRequest,
} from '../../../../workflows/domain/agent-slot.ts';
import { mayGrant } from '../../../../workflows/domain/breaker.ts';
import type { SlotReport } from '../../../../workflows/domain/breaker.ts';
import { lineOf, takenOn } from '../../../../workflows/domain/pool-line.ts';
import { pick, seededRandom } from '../../../world/random.ts';
import { BREAKER, NOW, slotRequest } from './slot-requests.ts';

const MOVES = [
  'ask',
  'ask',
  'ask',
  'repeat',
  'finish',
  'finish',
  'withdraw',
  'sweep',
  'restart',
] as const;
const HOSTS = { g: 1, h: 3 } as const;
const PROVIDERS = { anthropic: 2, openai: null } as const;
const PRIORITIES = ['urgent', 'high', 'none'] as const;
const MAX_STEPS = 2000;

/**
 * A pool under random traffic beside a model that is only a set of open requests. After every change it is checked that the pool
 * knows exactly the open ones, gives no slot twice, nothing of a paused provider, preempts nobody and tells nobody too often.
 */
export class SlotTraffic {
  private readonly random: () => number;
  state = EMPTY_POOL;
  private clock = NOW;
  private readonly open = new Map<string, SlotRequest>();
  private readonly asked: PooledRequest[] = [];
  private readonly toldAt = new Map<string, number>();
  private readonly lives = new Map(['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((name) => [name, 1]));
  /** how many grants there were, repeats not counted */
  grants = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Lets some time pass and one random thing happen. */
  step(): void {
    this.clock += Math.floor(this.random() ** 4 * 2 * BREAKER.backOffMs);
    this.check(advancePool(this.state, this.clock));
    this[pick(this.random, MOVES)]();
  }

  /** Every run ends well, one after another; the clock goes to whatever the pool waits for. */
  drain(): void {
    for (let left = MAX_STEPS; this.open.size > 0 && left > 0; left -= 1) {
      const [holder] = this.state.holders;
      if (holder !== undefined) this.finishAs(holder, { kind: 'ok' });
      else {
        const wakeAt = poolWakeAt(this.state, this.clock);
        expect(wakeAt, 'who waits for nobody waits for a time').not.toBeNull();
        this.clock = wakeAt ?? this.clock;
        this.check(advancePool(this.state, this.clock));
      }
    }
  }

  private ask(): void {
    const name = pick(this.random, [...this.lives.keys()]);
    const life = `${name}.${this.lives.get(name) ?? 0}`;
    const host = pick(this.random, ['g', 'h'] as const);
    const provider = pick(this.random, ['anthropic', 'openai'] as const);
    this.take(
      slotRequest(name, {
        ...{ life, host, provider },
        requestId: `${life}:${this.asked.length}`,
        hostSlots: { count: HOSTS[host], saidAt: '2026' },
        priority: pick(this.random, PRIORITIES),
        rejoin: this.random() < 0.3,
        limits: { slots: PROVIDERS[provider], breaker: BREAKER },
      }),
    );
  }

  private repeat(): void {
    const mine = this.asked.filter(({ requestId }) => this.open.has(requestId));
    if (mine.length > 0) this.take(pick(this.random, mine));
  }

  private finish(): void {
    const { holders } = this.state;
    if (holders.length === 0) return;
    const reset = new Date(this.clock + BREAKER.backOffMs).toISOString();
    const reports: SlotReport[] = [
      ...([{ kind: 'ok' }, { kind: 'ok' }, { kind: 'transient' }, { kind: 'transient' }] as const),
      ...([
        { kind: 'unused' },
        { kind: 'limit', until: null },
        { kind: 'limit', until: reset },
      ] as const),
    ];
    this.finishAs(pick(this.random, holders), pick(this.random, reports));
  }

  private withdraw(): void {
    const { queue } = this.state;
    if (queue.length > 0) this.finishAs(pick(this.random, queue), { kind: 'unused' });
    else this.finishAs({ requestId: 'unknown' }, { kind: 'limit', until: null });
  }

  /** Some holders and waiters died unseen; the sweep finds them all at once. */
  private sweep(): void {
    const dead = [...this.open.keys()].filter(() => this.random() < 0.2);
    for (const id of dead) this.open.delete(id);
    this.check(dropSlots(this.state, dead, this.clock));
  }

  private restart(): void {
    const name = pick(this.random, [...this.lives.keys()]);
    this.lives.set(name, (this.lives.get(name) ?? 0) + 1);
  }

  private finishAs({ requestId }: { requestId: string }, report: SlotReport): void {
    this.open.delete(requestId);
    this.check(returnSlot(this.state, { requestId, report }, this.clock));
  }

  private take(asked: PooledRequest): void {
    if (!this.open.has(asked.requestId)) this.asked.push(asked);
    for (const [id, { workflowId }] of this.open) {
      if (workflowId === asked.workflowId && id !== asked.requestId) this.open.delete(id);
    }
    this.open.set(asked.requestId, asked);
    const held = this.state.holders.some(({ requestId }) => requestId === asked.requestId);
    this.toldAt.delete(asked.requestId);
    const change = takeSlotRequest(this.state, asked, this.clock);
    this.check(change, held ? asked.requestId : null);
    const mine = change.answers.filter(({ answer }) => answer.requestId === asked.requestId);
    expect(mine, 'a request is answered once').toHaveLength(1);
  }

  /** `repeated` = a holder that is told of its grant again. */
  private check(change: PoolChange, repeated: string | null = null): void {
    const before = this.state;
    this.state = change.state;
    const known = [...this.state.holders, ...this.state.queue].map(({ requestId }) => requestId);
    expect(known.toSorted(), 'no request is lost, none is made up').toEqual(
      [...this.open.keys()].sort(),
    );
    const kept = before.holders.filter(({ requestId }) => this.open.has(requestId));
    expect(this.state.holders.slice(0, kept.length), 'nobody is preempted').toEqual(kept);
    for (const [host, slots] of Object.entries(HOSTS)) {
      expect(takenOn(this.state, 'host', host)).toBeLessThanOrEqual(slots);
    }
    expect(takenOn(this.state, 'provider', 'anthropic')).toBeLessThanOrEqual(PROVIDERS.anthropic);
    for (const { workflowId, answer } of change.answers) {
      expect(this.open.get(answer.requestId)?.workflowId, 'only who asked is answered').toBe(
        workflowId,
      );
      if (answer.kind === 'queued') this.checkTelling(answer);
      else if (answer.requestId !== repeated) this.checkGrant(answer.requestId);
    }
    this.checkNobodyIdles();
  }

  private checkGrant(requestId: string): void {
    this.grants += 1;
    const holder = this.state.holders.find((each) => each.requestId === requestId);
    expect(holder, 'who is told of a grant has it').toBeDefined();
    const breaker = this.state.providers[holder?.provider ?? '']?.state;
    if (breaker === undefined || breaker.pause === null) return;
    expect(breaker.pause.until, 'a paused provider is given to nobody').toBeLessThanOrEqual(
      this.clock,
    );
    expect(breaker.probe?.requestId, 'a trial is one run').toBe(requestId);
  }

  private checkTelling({ requestId }: SlotAnswer): void {
    const last = this.toldAt.get(requestId) ?? 0;
    expect(this.clock - last, 'told at most once a second').toBeGreaterThanOrEqual(1000);
    this.toldAt.set(requestId, this.clock);
  }

  /** The first in line either meets a full host, a full provider or a paused one. */
  private checkNobodyIdles(): void {
    const [first] = lineOf(this.state);
    if (first === undefined) return;
    const { host, provider } = first;
    const breaker = this.state.providers[provider]?.state;
    const slots = provider === 'anthropic' ? PROVIDERS.anthropic : Number.POSITIVE_INFINITY;
    const isPaused = breaker !== undefined && !mayGrant(breaker, this.clock);
    const isFull =
      takenOn(this.state, 'host', host) >= HOSTS[host as keyof typeof HOSTS] ||
      takenOn(this.state, 'provider', provider) >= slots;
    expect(isPaused || isFull, 'nobody waits for what is free').toBe(true);
  }
}
