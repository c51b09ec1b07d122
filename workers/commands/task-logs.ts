import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunId, runFolder } from '../../activities/run-id.ts';
import type { TaskId } from '../../workflows/domain/ids.ts';
import { isHumanWait } from '../../workflows/domain/waits.ts';
import type { WaitSubject } from '../../workflows/domain/task-state.ts';
import { CliProblem, EXIT } from '../cli-problem.ts';
import { loadCommonConfig } from '../config.ts';
import { peekHostId } from '../host-id.ts';
import { showRun, writeEntry } from '../logs/show-run.ts';
import { paperOf, toPlainLine } from '../report/columns.ts';
import type { Paper } from '../report/columns.ts';
import { atTaskDesk, parseTaskId } from '../report/task-desk.ts';
import type { TaskDesk } from '../report/task-desk.ts';
import type { TaskReport } from '../report/task-report.ts';
import { describeWait } from '../report/write-report.ts';

/** Options of `orch task logs`. `run` = that run instead of the one under way, or the last. */
export interface LogOptions {
  follow?: boolean;
  run?: string;
  json?: boolean;
}

/** What is shown, where to, and the newest report of the task. */
interface Session {
  id: TaskId;
  desk: TaskDesk;
  paper: Paper;
  dataDir: string;
  options: LogOptions;
  report: TaskReport;
}

const LOOK_MS = 1000;

/** Shows the output of a task's agent run; with `follow` until the task waits for a person or ends. Answers the exit code. */
export async function taskLogs(text: string, options: LogOptions): Promise<number> {
  const id = parseTaskId(text);
  if (options.run !== undefined && !isRunId(options.run)) {
    const given = toPlainLine(options.run).slice(0, 80);
    throw new CliProblem(
      EXIT.usage,
      `"${given}" is not a run id: that is 20 characters of 0-9 and a-f; "orch task show ${id}" lists its runs`,
    );
  }
  const { dataDir } = loadCommonConfig(process.env);
  return atTaskDesk(async (desk) => {
    const report = await desk.report(id);
    const paper = paperOf(process.stdout);
    const session: Session = { id, desk, paper, dataDir, options, report };
    if (options.follow === true && options.run === undefined) return followTask(session);
    const runId = options.run ?? newestRunOf(report);
    if (runId === null) throw new CliProblem(EXIT.failed, noRun(report));
    await show(session, runId);
    return EXIT.ok;
  });
}

const newestRunOf = ({ openRun, runs }: TaskReport): string | null =>
  openRun?.runId ?? runs.at(-1)?.runId ?? null;

/** Shows one run after the other. */
async function followTask(session: Session): Promise<number> {
  const { options, desk, id } = session;
  let shown: string | null = null;
  for (;;) {
    const { report } = session;
    const runId = newestRunOf(report);
    if (runId !== null && runId !== shown) {
      await show(session, runId);
      shown = runId;
    } else if (isOver(report)) {
      if (options.json !== true) note(session, describeEnd(report));
      return EXIT.ok;
    } else {
      await pause(LOOK_MS);
      session.report = await desk.report(id);
    }
  }
}

async function show(session: Session, runId: string): Promise<void> {
  const { paper, dataDir, options } = session;
  const folder = join(dataDir, runFolder(runId));
  const isOpen = (): boolean => session.report.openRun?.runId === runId;
  const isFollowed = options.follow === true && isOpen();
  if (!existsSync(folder) && !(isFollowed && isHere(session))) {
    throw new CliProblem(EXIT.failed, elsewhere(session, runId));
  }
  const form = options.json === true ? 'lines' : 'entries';
  if (form === 'entries') note(session, describeRun(session.report, runId));
  const ended = new AbortController();
  const watching = isFollowed ? watchReport(session, { isOpen, ended: ended.signal }) : null;
  try {
    await showRun(paper, { folder, form, goesOn: () => watching !== null && isOpen() });
  } finally {
    ended.abort();
    await watching;
  }
  const end = session.report.runs.find((run) => run.runId === runId);
  if (form === 'entries' && end !== undefined) note(session, `the run ended: ${end.end}`);
}

/** Keeps the session's report new while the run is open, and says what the run waits for meanwhile. */
async function watchReport(
  session: Session,
  { isOpen, ended }: { isOpen: () => boolean; ended: AbortSignal },
): Promise<void> {
  let told: string | null = null;
  while (isOpen() && !ended.aborted) {
    const wait = describeWait(session.report);
    if (wait !== null && wait !== told && session.options.json !== true) {
      note(session, `waits for ${wait}`);
    }
    told = wait;
    await pause(LOOK_MS, undefined, { signal: ended }).catch(() => undefined);
    session.report = await session.desk.report(session.id);
  }
}

const note = ({ paper }: Session, text: string): void => {
  writeEntry(paper, { kind: 'note', text });
};

/** Nothing will run before a person acts. */
const isOver = ({ endedAt, wait }: TaskReport): boolean =>
  endedAt !== null || (wait !== null && isHumanWait(wait.on as WaitSubject));

const isHere = ({ report, dataDir }: Session): boolean =>
  report.host === null || report.host === peekHostId(dataDir);

function describeRun(report: TaskReport, runId: string): string {
  const run = [report.openRun, ...report.runs].find((known) => known?.runId === runId);
  const what = run ? `${run.role} of ${report.id} in ${run.stage}, ` : '';
  return `${what}run ${runId}`;
}

function describeEnd(report: TaskReport): string {
  const wait = describeWait(report);
  return wait === null ? `${report.id} is over: ${report.stage}` : `${report.id} waits for ${wait}`;
}

function noRun(report: TaskReport): string {
  const wait = describeWait(report);
  const why = wait === null ? '' : `; it waits for ${wait}`;
  return `${report.id} has had no agent run yet${why}; --follow waits for the first`;
}

function elsewhere({ report, dataDir, ...session }: Session, runId: string): string {
  const { host } = report;
  if (!isHere({ report, dataDir, ...session })) {
    return `run ${runId} is on host ${host ?? 'unknown'}, not here: look there, in ${runFolder(runId)} of its ORCH_DATA_DIR, or run this command there`;
  }
  return `nothing is left of run ${runId}: there is no ${join(dataDir, runFolder(runId))}; "orch task show ${report.id}" lists its runs`;
}
