import { expect } from 'vitest';
import {
  dropRequests,
  EMPTY_LANE,
  forgetTask,
  takeRequest,
} from '../../../../workflows/domain/lane.ts';
import type { GrantKind, GrantRequest, LaneChange } from '../../../../workflows/domain/lane.ts';
import { pick, seededRandom } from '../../../world/random.ts';

const KINDS: readonly GrantKind[] = ['admission', 'staging', 'production'];
const MOVES = ['ask', 'ask', 'repeat', 'release', 'release', 'sweep', 'restart', 'end'] as const;
const START_MS = 1_800_000_000_000;
const NOBODY = { workflowId: 'task:Z', life: 'Z.1' };

/**
 * A lane under random traffic beside a model that is only a list of open requests. After every change it is checked that the
 * lane knows exactly the open ones, has one holder a kind, idles for no waiter, grants in the right order, with rising fences.
 */
export class LaneTraffic {
  private readonly random: () => number;
  state = EMPTY_LANE;
  /** open requests in the order they came */
  private open: GrantRequest[] = [];
  /** fences of the open requests that were granted, by request id */
  private readonly fences = new Map<string, number>();
  private readonly lives = new Map(['A', 'B', 'C', 'D', 'E'].map((name) => [name, 1]));
  private readonly asked: GrantRequest[] = [];
  private highest = 0;
  private clock = START_MS;
  /** how many grants there were, repeats not counted */
  grants = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Lets one random thing happen. */
  step(): void {
    this.clock += Math.floor(this.random() * 5) - 2;
    const move = pick(this.random, MOVES);
    this[move]();
  }

  /** Everybody gives back what is granted until nobody is left. */
  drain(): void {
    for (let left = this.open.length; left > 0; left -= 1) this.drop([this.holders()[0] ?? '']);
  }

  private ask(): void {
    const name = pick(this.random, [...this.lives.keys()]);
    const life = `${name}.${this.lives.get(name) ?? 0}`;
    const requestId = `${life}:${this.asked.length}`;
    const kind = pick(this.random, KINDS);
    const rejoin = this.random() < 0.3;
    this.take({ requestId, workflowId: `task:${name}`, life, kind, rejoin });
  }

  private repeat(): void {
    const mine = this.asked.filter((each) => this.isAlive(each));
    if (mine.length > 0) this.take(pick(this.random, mine));
  }

  private release(): void {
    const ids = [...this.open.map(({ requestId }) => requestId), 'unknown'];
    this.drop([pick(this.random, ids)]);
  }

  /** Some holders died unseen; the sweep finds them all at once. */
  private sweep(): void {
    this.drop(this.holders().filter(() => this.random() < 0.5));
  }

  private restart(): void {
    const name = pick(this.random, [...this.lives.keys()]);
    this.lives.set(name, (this.lives.get(name) ?? 0) + 1);
  }

  private end(): void {
    const { workflowId, life } = pick(this.random, [...this.asked, NOBODY]);
    this.open = this.open.filter((each) => each.life !== life);
    this.check(forgetTask(this.state, { workflowId, life }, this.clock));
  }

  private take(asked: GrantRequest): void {
    const isNew = !this.open.some(({ requestId }) => requestId === asked.requestId);
    if (isNew) {
      this.fences.delete(asked.requestId);
      this.open = this.open.filter(
        ({ workflowId, life }) => workflowId !== asked.workflowId || life === asked.life,
      );
      this.open.push(asked);
      this.asked.push(asked);
    }
    const change = takeRequest(this.state, asked, this.clock);
    this.check(change);
    const mine = change.answers
      .map(({ answer }) => answer)
      .filter(({ requestId }) => requestId === asked.requestId);
    expect(mine, 'a request is answered once').toHaveLength(1);
    const held = this.fences.get(asked.requestId);
    expect(mine[0]).toMatchObject(
      held === undefined ? { kind: 'queued' } : { kind: 'granted', fence: held },
    );
  }

  private drop(ids: readonly string[]): void {
    this.open = this.open.filter(({ requestId }) => !ids.includes(requestId));
    this.check(dropRequests(this.state, ids, this.clock));
  }

  private check(change: LaneChange): void {
    this.state = change.state;
    for (const { workflowId, answer } of change.answers) {
      const asked = this.open.find(({ requestId }) => requestId === answer.requestId);
      expect(asked?.workflowId, 'only who asked is answered').toBe(workflowId);
      if (asked && answer.kind === 'granted') this.checkGrant(asked, answer.fence);
    }
    const known = [...this.state.holders, ...this.state.queue].map(({ requestId }) => requestId);
    const open = this.open.map(({ requestId }) => requestId);
    expect(known.toSorted(), 'no waiter is lost, none is made up').toEqual(open.toSorted());
    for (const kind of KINDS) {
      const held = this.state.holders.filter((holder) => holder.kind === kind).length;
      expect(held, `one holder of ${kind}, none only when nobody waits`).toBe(
        this.open.some((each) => each.kind === kind) ? 1 : 0,
      );
    }
  }

  private checkGrant(asked: GrantRequest, fence: number): void {
    const known = this.fences.get(asked.requestId);
    if (known !== undefined) {
      expect(fence, 'a repeat gets the same fence').toBe(known);
      return;
    }
    const line = this.open.filter(
      ({ kind, requestId }) => kind === asked.kind && !this.fences.has(requestId),
    );
    const first = line.find(({ rejoin }) => rejoin) ?? line[0];
    expect(asked.requestId, 'first come, first served').toBe(first?.requestId);
    expect(fence, 'fences rise').toBeGreaterThan(this.highest);
    this.highest = fence;
    this.fences.set(asked.requestId, fence);
    this.grants += 1;
  }

  private holders(): string[] {
    return this.state.holders.map(({ requestId }) => requestId);
  }

  private isAlive({ workflowId, life }: GrantRequest): boolean {
    const name = workflowId.slice('task:'.length);
    return life === `${name}.${this.lives.get(name) ?? 0}`;
  }
}
