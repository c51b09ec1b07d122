/** A project's money. Null = no limit. USD. Source: product 11. */
export interface BudgetPolicy {
  /** of one life of a task */
  taskUsd: number | null;
  /** of the project in one day, UTC */
  dayUsd: number | null;
  /** of the project, for ever */
  projectUsd: number | null;
  /** put aside for a run whose role has no limit of its own */
  reserveUsd: number;
  /** a task that has spent so much since its last progress is shown to a person */
  noProgressUsd: number | null;
}

/** Money a person added for one life of a task. `id` is the caller's: said twice, it is added once. */
export interface MoneyAddition {
  id: string;
  usd: number;
  by: string;
}

/** What the project's budget holds against; from the registry at the time of the request. */
export type ProjectLimits = Pick<BudgetPolicy, 'dayUsd' | 'projectUsd'>;

/** A task's request to spend up to `usd`. Repeating it is harmless: every request is answered, duplicates included. */
export interface MoneyRequest {
  requestId: string;
  workflowId: string;
  life: string;
  usd: number;
  /** what people added for this life so far; used before the project's own money */
  extraUsd: number;
}

/** A request as it reaches the budget. */
export interface LimitedRequest extends MoneyRequest {
  limits: ProjectLimits;
}

/** The budget's answer to one request, sent as the signal `moneyAnswered`. */
export type MoneyAnswer =
  { kind: 'granted'; requestId: string } | { kind: 'queued'; requestId: string; reason: string };

/** Money spent in one span of time. */
export interface Spent {
  /** `2026-11-21`, `2026-11` or empty for all time */
  span: string;
  knownUsd: number;
  /** was put aside for runs whose price nobody told: counted, and shown as unknown */
  unknownUsd: number;
  /** the part of both that people added for a task: no limit counts it */
  addedUsd: number;
}

/** Money put aside for a run: so much of what people added for the task, the rest of the project's own. */
export interface Reservation extends MoneyRequest {
  addedUsd: number;
  ownUsd: number;
}

/** What people added for one life, and what is left of it. */
export interface Purse {
  life: string;
  extraUsd: number;
  leftUsd: number;
}

/** A budget's state, carried across continue-as-new. */
export interface BudgetState {
  limits: ProjectLimits;
  day: Spent;
  month: Spent;
  project: Spent;
  reservations: readonly Reservation[];
  /** in the order they came */
  queue: readonly MoneyRequest[];
  purses: readonly Purse[];
}

function nothingSpent(span: string): Spent {
  return { span, knownUsd: 0, unknownUsd: 0, addedUsd: 0 };
}

/** The budget of a project nobody spent anything of. */
export const EMPTY_BUDGET: BudgetState = {
  limits: { dayUsd: null, projectUsd: null },
  day: nothingSpent(''),
  month: nothingSpent(''),
  project: nothingSpent(''),
  reservations: [],
  queue: [],
  purses: [],
};

/** A change of the budget and whom it must answer. */
export interface BudgetChange {
  state: BudgetState;
  answers: readonly { workflowId: string; answer: MoneyAnswer }[];
}

/** Purses remembered: of longer-ended lives nobody asks again. */
const MAX_PURSES = 500;
const DAY_MS = 86_400_000;

/**
 * Takes a request in. A task runs one agent at a time: another request of it gives up what it left open before, in this life or
 * an older one. `now` in ms since the epoch.
 */
export function takeMoneyRequest(
  state: BudgetState,
  request: LimitedRequest,
  now: number,
): BudgetChange {
  const { limits, ...asked } = request;
  const isOld = (entry: MoneyRequest): boolean =>
    entry.workflowId === asked.workflowId && entry.requestId !== asked.requestId;
  const isSame = (entry: MoneyRequest): boolean => entry.requestId === asked.requestId;
  const old = [...state.reservations, ...state.queue].filter(isOld);
  const current = giveUp(fillPurse({ ...state, limits }, asked), old.map(idOf), now);
  const isKnown = [...current.reservations, ...current.queue].some(isSame);
  const queue = isKnown
    ? current.queue.map((entry) => (isSame(entry) ? asked : entry))
    : [...current.queue, asked];
  const change = advanceBudget({ ...current, queue }, now);
  const { requestId, workflowId } = asked;
  if (change.answers.some(({ answer }) => answer.requestId === requestId)) return change;
  const answer: MoneyAnswer = change.state.queue.some(isSame)
    ? {
        kind: 'queued',
        requestId,
        reason: refusalOf(change.state, asked) ?? 'it is looked at again',
      }
    : { kind: 'granted', requestId };
  return { ...change, answers: [...change.answers, { workflowId, answer }] };
}

/** Books what a run cost, or withdraws a request that waits; null = nobody told the price. Unknown ids change nothing. */
export function settleMoney(
  state: BudgetState,
  { requestId, usd }: { requestId: string; usd: number | null },
  now: number,
): BudgetChange {
  const reservation = state.reservations.find((entry) => entry.requestId === requestId);
  const queue = state.queue.filter((entry) => entry.requestId !== requestId);
  if (reservation === undefined) return advanceBudget({ ...state, queue }, now);
  return advanceBudget(book({ ...state, queue }, { reservation, usd }, now), now);
}

/** Settles what dead tasks had put aside as unknown, and drops what they wait for. */
export function dropMoney(
  state: BudgetState,
  requestIds: readonly string[],
  now: number,
): BudgetChange {
  return advanceBudget(giveUp(state, requestIds, now), now);
}

/** Turns the day and the month when they are over, then grants all that fits, first come first served. */
export function advanceBudget(state: BudgetState, now: number): BudgetChange {
  let current = turn(state, now);
  const answers: { workflowId: string; answer: MoneyAnswer }[] = [];
  for (const request of current.queue) {
    if (refusalOf(current, request) !== null) continue;
    current = reserve(current, request);
    const { workflowId, requestId } = request;
    answers.push({ workflowId, answer: { kind: 'granted', requestId } });
  }
  return { state: current, answers };
}

/** When the day turns for somebody who waits, ms since the epoch; null = nobody does. */
export function budgetWakeAt(state: BudgetState, now: number): number | null {
  return state.queue.length === 0 ? null : (Math.floor(now / DAY_MS) + 1) * DAY_MS;
}

/** Why a request must wait, for people; null = it fits. */
function refusalOf(state: BudgetState, request: MoneyRequest): string | null {
  const { ownUsd } = splitOf(state, request);
  if (ownUsd === 0) return null;
  const asideUsd = putAside(state);
  const isOver = (spent: Spent, limitUsd: number | null): limitUsd is number =>
    limitUsd !== null && countedUsd(spent) + asideUsd + ownUsd > limitUsd + HALF_CENT;
  const { dayUsd, projectUsd } = state.limits;
  if (isOver(state.project, projectUsd)) {
    return describeRefusal({
      what: 'the project',
      spent: state.project,
      asideUsd,
      ownUsd,
      limitUsd: projectUsd,
    });
  }
  if (isOver(state.day, dayUsd)) {
    return describeRefusal({
      what: `the day ${state.day.span}`,
      spent: state.day,
      asideUsd,
      ownUsd,
      limitUsd: dayUsd,
    });
  }
  return null;
}

/** Sums of prices are not exact; half a cent is nobody's limit. */
const HALF_CENT = 0.005;

/** The project's own money that is put aside for runs that are not settled, USD. */
export function putAside({ reservations }: BudgetState): number {
  return exact(reservations.reduce((sum, { ownUsd }) => sum + ownUsd, 0));
}

/** What counts against a limit, USD. */
export function countedUsd({ knownUsd, unknownUsd, addedUsd }: Spent): number {
  return exact(knownUsd + unknownUsd - addedUsd);
}

function describeRefusal(about: {
  what: string;
  spent: Spent;
  asideUsd: number;
  ownUsd: number;
  limitUsd: number;
}): string {
  const { what, spent, asideUsd, ownUsd, limitUsd } = about;
  const unknown = spent.unknownUsd > 0 ? ` (${usd(spent.unknownUsd)} of it at unknown price)` : '';
  const aside = asideUsd > 0 ? ` and ${usd(asideUsd)} put aside` : '';
  return `${usd(countedUsd(spent))} are spent${unknown}${aside} of the ${usd(limitUsd)} for ${what}; the run may cost ${usd(ownUsd)}`;
}

const usd = (amount: number): string => `$${amount.toFixed(2)}`;
const idOf = ({ requestId }: MoneyRequest): string => requestId;
/** Micro-dollars: sums stay sums. */
const exact = (amount: number): number => Math.round(amount * 1e6) / 1e6;

function fillPurse(state: BudgetState, { life, extraUsd }: MoneyRequest): BudgetState {
  const known = state.purses.find((purse) => purse.life === life);
  const moreUsd = extraUsd - (known?.extraUsd ?? 0);
  if (moreUsd <= 0) return state;
  const filled = { life, extraUsd, leftUsd: exact((known?.leftUsd ?? 0) + moreUsd) };
  const others = state.purses.filter((purse) => purse.life !== life);
  return { ...state, purses: [...others, filled].slice(-MAX_PURSES) };
}

function spendFromPurse(state: BudgetState, life: string, spentUsd: number): BudgetState {
  const purses = state.purses.map((purse) =>
    purse.life === life ? { ...purse, leftUsd: exact(purse.leftUsd - spentUsd) } : purse,
  );
  return { ...state, purses };
}

function splitOf(state: BudgetState, request: MoneyRequest): { addedUsd: number; ownUsd: number } {
  const leftUsd = state.purses.find(({ life }) => life === request.life)?.leftUsd ?? 0;
  const addedUsd = Math.min(leftUsd, request.usd);
  return { addedUsd, ownUsd: exact(request.usd - addedUsd) };
}

function reserve(state: BudgetState, request: MoneyRequest): BudgetState {
  const split = splitOf(state, request);
  return spendFromPurse(
    {
      ...state,
      queue: state.queue.filter((entry) => entry.requestId !== request.requestId),
      reservations: [...state.reservations, { ...request, ...split }],
    },
    request.life,
    split.addedUsd,
  );
}

/** What a life that is gone had put aside may have been spent: it stays counted. */
function giveUp(state: BudgetState, requestIds: readonly string[], now: number): BudgetState {
  const isGone = (entry: MoneyRequest): boolean => requestIds.includes(entry.requestId);
  const queue = state.queue.filter((entry) => !isGone(entry));
  return state.reservations
    .filter(isGone)
    .reduce<BudgetState>((current, reservation) => book(current, { reservation, usd: null }, now), {
      ...state,
      queue,
    });
}

function book(
  state: BudgetState,
  { reservation, usd: costUsd }: { reservation: Reservation; usd: number | null },
  now: number,
): BudgetState {
  const { requestId, life, addedUsd, usd: asideUsd } = reservation;
  const current = turn(state, now);
  const paidUsd = costUsd === null ? addedUsd : Math.min(costUsd, addedUsd);
  const add = (spent: Spent): Spent => ({
    ...spent,
    knownUsd: exact(spent.knownUsd + (costUsd ?? 0)),
    unknownUsd: exact(spent.unknownUsd + (costUsd === null ? asideUsd : 0)),
    addedUsd: exact(spent.addedUsd + paidUsd),
  });
  const booked = {
    ...current,
    day: add(current.day),
    month: add(current.month),
    project: add(current.project),
    reservations: current.reservations.filter((entry) => entry.requestId !== requestId),
  };
  return spendFromPurse(booked, life, paidUsd - addedUsd);
}

function turn(state: BudgetState, now: number): BudgetState {
  const iso = new Date(now).toISOString();
  const open = (spent: Spent, span: string): Spent =>
    spent.span === span ? spent : nothingSpent(span);
  return {
    ...state,
    day: open(state.day, iso.slice(0, 10)),
    month: open(state.month, iso.slice(0, 7)),
  };
}

/** Answer of the query `budgetView`. */
export interface BudgetView {
  limits: ProjectLimits;
  day: Spent;
  month: Spent;
  project: Spent;
  /** for runs that are not settled, with what people added for them */
  asideUsd: number;
  reservations: readonly { workflowId: string; usd: number }[];
  queue: readonly { workflowId: string; usd: number; reason: string }[];
  /** money people added that is not spent */
  added: readonly { life: string; extraUsd: number; leftUsd: number }[];
}

/** What others may see of a budget. */
export function viewBudget(state: BudgetState, now: number): BudgetView {
  const current = turn(state, now);
  const { limits, day, month, project, reservations, queue, purses } = current;
  return {
    ...{ limits, day, month, project },
    asideUsd: exact(reservations.reduce((sum, { usd: amount }) => sum + amount, 0)),
    reservations: reservations.map(({ workflowId, usd: amount }) => ({ workflowId, usd: amount })),
    queue: queue.map((request) => ({
      workflowId: request.workflowId,
      usd: request.usd,
      reason: refusalOf(current, request) ?? 'it is looked at again',
    })),
    added: purses.filter(({ leftUsd }) => leftUsd > 0),
  };
}
