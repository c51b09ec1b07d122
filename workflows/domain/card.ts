import { isRunning } from './progress.ts';
import type { RunSummary } from './runs.ts';
import { STAGE_NAMES } from './stages.ts';
import type { StageName } from './stages.ts';
import type { StageVisit, TaskView } from './task-state.ts';
import { formatSeconds } from './texts/figures.ts';
import { cut, joinHtml, linkTo, rich } from './texts/html.ts';
import type { Html } from './texts/html.ts';
import type { Language, LanguagePack, Links } from './texts/language-pack.ts';
import { PACKS } from './texts/packs.ts';
import { factLine, usageLine } from './texts/parts.ts';
import { forChat } from './texts/task-links.ts';
import { sumUsage } from './usage.ts';

const MAX_TITLE = 150;
const MAX_REASON = 300;
/** Stages with a row; `created` is the wait for the lane and has its own line. */
const ROWS: readonly StageName[] = STAGE_NAMES.slice(1);

/**
 * The live card of a task as Telegram HTML. It depends on the view alone, not on the clock, so the same state is the same text and
 * is not sent twice. Source: ORCH-087, ORCH-091, ORCH-095.
 */
export function renderCard(view: TaskView, language: Language, allLinks: Links): string {
  const pack = PACKS[language];
  const links = forChat(allLinks);
  const lines = [
    rich`<b>${linkTo(links.item, view.ref.id)}</b> ${cut(view.title, MAX_TITLE)}`,
    statusLine(view, pack),
    ...waitLine(view, pack),
    rich``,
    ...ROWS.filter((stage) => stage !== 'architecture' || view.track === 'full').map((stage) =>
      stageRow(stage, { view, language, pack }),
    ),
    rich``,
    ...totals(view, language, pack),
    ...linkLine(links, pack),
  ];
  return joinHtml(lines, '\n').markup;
}

function statusLine(view: TaskView, pack: LanguagePack): Html {
  const words = pack.card;
  if (view.escalated !== null) {
    return rich`🆘 <b>${words.escalated}</b>: ${cut(view.escalated, MAX_REASON)}`;
  }
  switch (view.stage) {
    case 'done':
      return rich`✅ <b>${words.done}</b>`;
    case 'cancelled':
      return rich`⛔ <b>${words.cancelled}</b>`;
    case 'refused':
    case 'none':
      return rich`⛔ <b>${words.refused}</b>`;
    default: {
      const [icon, word] = view.wait === null ? ['⚙️', words.working] : ['⏳', words.waiting];
      return rich`${icon} <b>${word}</b>: ${pack.stages[view.stage]}`;
    }
  }
}

function waitLine({ wait }: TaskView, pack: LanguagePack): Html[] {
  if (wait === null) return [];
  const detail = wait.detail === '' ? '' : ` — ${cut(wait.detail, MAX_REASON)}`;
  const since = `${pack.card.since} ${wait.since.slice(11, 16)} UTC`;
  return [rich`${pack.card.waitingOn}: ${pack.waits[wait.on]}${detail}, ${since}`];
}

/** One stage: whether it is passed, what it cost in all its runs, with model and effort of the last. */
function stageRow(
  stage: StageName,
  { view, language, pack }: { view: TaskView; language: Language; pack: LanguagePack },
): Html {
  const visits = view.visits.filter((visit) => visit.stage === stage);
  const runs = view.runs.filter((run) => run.stage === stage);
  const isRerun = stage === view.stage && visits.length > 1;
  const seconds = sumSeconds(visits);
  const facts = [
    rich`${tick(stage, view)} ${pack.stages[stage]}`,
    ...(isRerun ? [rich`${pack.card.attempt} ${visits.length}`] : []),
    ...(runs.length === 0 ? [] : [usageLine(usageOf(runs), language, pack.card)]),
    ...modelFact(runs),
    ...(seconds === 0 ? [] : [rich`${formatSeconds(seconds, language)}`]),
  ];
  return joinHtml(facts, ' · ');
}

function modelFact(runs: readonly RunSummary[]): Html[] {
  const last = runs.flatMap((run) => run.usage ?? []).at(-1);
  const text = factLine([last?.model ?? null, last?.effort ?? null]);
  return text === '' ? [] : [rich`${text}`];
}

/** A stage is ticked only while the task is beyond it: after a return the later ones are open again. */
function tick(stage: StageName, view: TaskView): string {
  const visited = view.visits.some((visit) => visit.stage === stage);
  if (view.stage === 'done') return visited ? '✅' : '➖';
  const position = placeOf(view);
  if (stage === position) return view.stage === stage ? '▶️' : '⛔';
  const isBefore = ROWS.indexOf(stage) < ROWS.indexOf(position);
  return isBefore && visited ? '✅' : '▫️';
}

/** The stage the task is in, or was in when its life ended. */
function placeOf(view: TaskView): StageName {
  return isRunning(view.stage) ? view.stage : (view.visits.at(-1)?.stage ?? 'created');
}

function totals(view: TaskView, language: Language, pack: LanguagePack): Html[] {
  const { card } = pack;
  const time = (seconds: number, word: string) => `${word} ${formatSeconds(seconds, language)}`;
  const agentSeconds = view.runs.reduce((sum, run) => sum + run.seconds, 0);
  const times = factLine([
    time(wallSeconds(view), card.wall),
    time(agentSeconds, card.agents),
    time(view.humanMs / 1000, card.yours),
  ]);
  const spent = usageLine(usageOf(view.runs), language, card);
  return [
    ...(view.returns === 0 ? [] : [rich`↩️ ${card.returned}: ${view.returns}`]),
    rich`<b>${card.total}</b>: ${view.runs.length === 0 ? times : joinHtml([spent, rich`${times}`], ' · ')}`,
  ];
}

function linkLine(links: Links, { card }: LanguagePack): Html[] {
  const named: readonly (readonly [string | null, string])[] = [
    [links.pull, card.pull],
    [links.staging, card.staging],
    [links.production, card.production],
    [links.history, card.history],
  ];
  const shown = named.filter(([url]) => url !== null).map(([url, word]) => linkTo(url, word));
  return shown.length === 0 ? [] : [joinHtml(shown, ' · ')];
}

function usageOf(runs: readonly RunSummary[]) {
  return sumUsage(runs.map((run) => run.usage));
}

function sumSeconds(visits: readonly StageVisit[]): number {
  const spans = visits.map(({ startedAt, endedAt }) =>
    endedAt === null ? 0 : Date.parse(endedAt) - Date.parse(startedAt),
  );
  return spans.reduce((sum, span) => sum + span, 0) / 1000;
}

/** From the start to the last moment the view knows of. */
function wallSeconds(view: TaskView): number {
  const moments = [
    view.endedAt,
    view.wait?.since ?? null,
    ...view.visits.map((visit) => visit.endedAt ?? visit.startedAt),
  ].filter((moment) => moment !== null);
  const last = Math.max(...moments.map((moment) => Date.parse(moment)), Date.parse(view.startedAt));
  return (last - Date.parse(view.startedAt)) / 1000;
}
