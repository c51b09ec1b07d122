import { setTimeout as pause } from 'node:timers/promises';
import { EXIT } from '../cli-problem.ts';
import { paperOf, toPlainLine } from '../report/columns.ts';
import { atTaskDesk, parseTaskId } from '../report/task-desk.ts';
import type { TaskReport } from '../report/task-report.ts';
import { describeWait, writeList, writeReport } from '../report/write-report.ts';

/** How an answer is written: for people, or as JSON. */
export interface TaskOptions {
  json?: boolean;
}

/** Lists open tasks and those ended lately. Answers the exit code. */
export async function taskList({ json }: TaskOptions): Promise<number> {
  const tasks = await atTaskDesk((desk) => desk.list());
  if (json === true) writeJson({ tasks });
  else writeList(paperOf(process.stdout), tasks);
  return EXIT.ok;
}

/** Shows one task. Answers the exit code. */
export async function taskShow(text: string, { json }: TaskOptions): Promise<number> {
  const id = parseTaskId(text);
  const report = await atTaskDesk((desk) => desk.report(id));
  if (json === true) writeJson(report);
  else writeReport(paperOf(process.stdout), report);
  return EXIT.ok;
}

const WATCH_EVERY_MS = 1000;

/** Writes a line whenever stage or wait of a task change, until it ends. Answers 0 when it ended as done, else 1. */
export async function taskWatch(text: string): Promise<number> {
  const id = parseTaskId(text);
  const paper = paperOf(process.stdout);
  return atTaskDesk(async (desk) => {
    let shown = '';
    for (;;) {
      const report = await desk.report(id);
      const line = describeProgress(report);
      const time = new Date().toISOString().slice(11, 19);
      if (line !== shown) paper.write(`${paper.styled('dim', time)} ${line}`);
      shown = line;
      if (report.endedAt !== null) return report.stage === 'done' ? EXIT.ok : EXIT.failed;
      await pause(WATCH_EVERY_MS);
    }
  });
}

function describeProgress(report: TaskReport): string {
  const { id, stage, returns, escalated } = report;
  const parts = [
    `${id} ${stage}`,
    returns > 0 ? `returned ${returns} times` : null,
    escalated === null ? null : `escalated: ${toPlainLine(escalated)}`,
    describeWait(report),
  ];
  return parts.filter((part) => part !== null).join(', ');
}

function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
