import { runFolder } from '../../activities/run-id.ts';
import { describeWaiting } from '../../api/task-listing.ts';
import type { TaskListing } from '../../api/task-listing.ts';
import { toPlainLine, writeColumns } from './columns.ts';
import type { Paper } from './columns.ts';
import type { ReportedRun, TaskReport } from './task-report.ts';

/** Writes the list of tasks. */
export function writeList(paper: Paper, tasks: readonly TaskListing[]): void {
  if (tasks.length === 0 && paper.isTerminal) {
    paper.write('no tasks; move an item to To Analyse on the board to start one');
    return;
  }
  writeColumns(
    paper,
    ['TASK', 'STAGE', 'WAITING FOR', 'SINCE', 'TITLE'],
    tasks.map((task) => [
      task.id,
      task.stage,
      describeWaiting(task),
      task.endedAt ?? task.since ?? task.startedAt,
      task.title ?? '',
    ]),
  );
}

/** Writes everything about one task. */
export function writeReport(paper: Paper, report: TaskReport): void {
  paper.write(paper.styled('bold', `${report.id} ${toPlainLine(report.title)}`));
  const facts: [string, string | null][] = [
    ['stage', `${report.stage} (${report.track} track)`],
    ['waits for', describeWait(report)],
    ['escalated', report.escalated],
    ['started', report.startedAt],
    ['ended', report.endedAt],
    ['returns', String(report.returns)],
    ['branch', report.branch],
    ['sealed', report.sealedSha],
    ['digest', report.digest],
    ['landed', report.landedSha],
    ['cost', describeCost(report)],
    ['runs now', describeOpenRun(report)],
    ['run files', describeFolders(report)],
    ['answered by', report.source === 'ledger' ? 'the ledger: the workflow did not answer' : null],
  ];
  writeFacts(paper, facts);
  for (const note of report.notes) writeFacts(paper, [['note', note]]);
  if (report.runs.length > 0) writeRuns(paper, report);
  paper.write('');
  writeFacts(paper, Object.entries(report.links));
}

/** What a task waits for and since when, or null. */
export function describeWait({ wait }: Pick<TaskReport, 'wait'>): string | null {
  if (wait === null) return null;
  const since = wait.since === null ? '' : ` since ${wait.since}`;
  return toPlainLine(`${wait.on}${since}: ${wait.detail}`);
}

/** The sum over all runs, null before the first; what is unknown is said, never counted as 0. Source: ORCH-091. */
export function describeCost({
  runs,
}: {
  runs: readonly Pick<ReportedRun, 'costUsd'>[];
}): string | null {
  if (runs.length === 0) return null;
  const known = runs.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]));
  if (known.length === 0) return 'unknown';
  const sum = `$${known.reduce((total, costUsd) => total + costUsd, 0).toFixed(2)}`;
  const unknown = runs.length - known.length;
  return unknown === 0 ? sum : `${sum}, without ${unknown} of ${runs.length} runs: unknown`;
}

/** The run that is under way, or null. */
function describeOpenRun({ openRun }: Pick<TaskReport, 'openRun'>): string | null {
  return openRun && `${openRun.role} in ${openRun.stage}, run ${openRun.runId}`;
}

function describeFolders({ host, id }: TaskReport): string | null {
  return (
    host && `${runFolder('<run>')} in the data directory of host ${host}; orch task logs ${id}`
  );
}

function writeFacts(paper: Paper, facts: readonly (readonly [string, string | null])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, text] of facts) {
    if (text === null) continue;
    const label = paper.isTerminal ? paper.styled('dim', name.padEnd(width)) + '  ' : `${name}\t`;
    paper.write(label + toPlainLine(text));
  }
}

function writeRuns(paper: Paper, { runs }: TaskReport): void {
  paper.write('');
  writeColumns(
    paper,
    ['RUN', 'STAGE', 'ROLE', 'END', 'SECONDS', 'COST', 'MODEL'],
    runs.map((run) => [
      run.runId,
      run.stage,
      run.role,
      run.end,
      run.seconds.toFixed(1),
      run.costUsd === null ? 'unknown' : `$${run.costUsd.toFixed(2)}`,
      run.model ?? '',
    ]),
  );
}
