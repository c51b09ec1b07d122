import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { act, TOIL_MS } from './act.ts';
import { applyStep } from './apply-step.ts';
import { chooseSlug } from './choose-slug.ts';
import type { Ending } from './ending.ts';
import { Memory } from './memory.ts';
import { choosePerformance, type Performance } from './scenario.ts';
import { findTranscript, readHistory, Transcript, type History } from './session.ts';
import { readSettings, type Settings } from './settings.ts';
import { toOneLine } from './slug.ts';
import { Edit, type Step } from './steps.ts';
import type { Front, Stream, ToolUse } from './stream.ts';
import { findTaskFilePath, readTaskFile, type TaskFile } from './task-file.ts';
import { fillTemplate, type TemplateValues } from './template.ts';
import { Spending } from './tokens.ts';

interface Launch {
  front: Front;
  task: TaskFile;
  performance: Performance;
  settings: Settings;
  stepsDone: number;
  transcript: Transcript;
  spending: Spending;
  stream: Stream;
  memory: Memory;
  values: TemplateValues;
  signal: AbortSignal;
}

const isEdit = (step: Step): step is Edit => Edit.safeParse(step).success;

/** The transcript of the session a launch goes on with, and what it says; null when there is none to go on with. */
function recall(front: Front): { file: string; history: History } | null {
  if (front.resume === null || front.sessionFolder === null) return null;
  const file = findTranscript(front.sessionFolder, front.resume);
  if (file === null) throw new Error(front.unknownSession(front.resume));
  return { file, history: readHistory(file) };
}

/** The task the prompt is about; a resumed session may be told no more than to continue. */
function findTask(prompt: string, history: History | undefined): TaskFile {
  const path = findTaskFilePath(prompt) ?? findTaskFilePath(history?.firstPrompt ?? '');
  if (path !== null) return readTaskFile(path);
  throw new Error('The prompt names no task: a line "Task file: <absolute path>" is missing');
}

/** The steps of a performance, with toil cut into pieces that are done one by one. */
function spreadToil(steps: readonly Step[], runMs: number): Step[] {
  const pieces = Math.ceil(runMs / TOIL_MS);
  return steps.flatMap((step) => (step.kind === 'toil' ? Array<Step>(pieces).fill(step) : [step]));
}

const nameOf = (task: TaskFile) =>
  [task.scenario, task.task, task.role, task.returns, task.answered ? 'answered' : 'new'].join('/');

function openTranscript(front: Front, origin: string | null): Transcript {
  if (front.sessionFolder === null) return new Transcript(null, null);
  const isNew = origin === null || front.sessionId !== front.resume;
  const file = isNew ? join(front.sessionFolder, front.nameTranscript(front.sessionId)) : origin;
  return new Transcript(file, origin);
}

function prepare(front: Front, signal: AbortSignal): Launch {
  const settings = readSettings(process.env);
  const recalled = recall(front);
  const history = recalled?.history;
  const task = findTask(front.prompt, history);
  const chosen = choosePerformance(task);
  const performance = { ...chosen, steps: spreadToil(chosen.steps, settings.runMs) };
  const name = nameOf(task);
  const stepsDone = history?.performance === name ? history.stepsDone : 0;
  const transcript = openTranscript(front, recalled?.file ?? null);
  transcript.noteLaunch(front.prompt, name);
  const turns = performance.steps.length + 2;
  const spending = new Spending({ usage: performance.usage, turns, from: stepsDone });
  const tree = process.cwd();
  const stream = front.createStream({
    sessionId: front.sessionId,
    tree,
    spending,
    earlier: settings.usageOf === 'session' ? (history?.bills ?? []) : [],
  });
  const values = {
    task: task.task,
    title: toOneLine(task.title),
    documents: task.documents,
    slug: chooseSlug(task, tree),
  };
  const memory = new Memory(front.sessionFolder);
  return {
    ...{ front, task, performance, settings, stepsDone, transcript },
    ...{ spending, stream, memory, values, signal },
  };
}

const refuseToWrite = (step: Edit): ToolUse => ({
  tool: 'Write',
  input: { file_path: step.path },
  output: 'patch rejected: writing is blocked by read-only sandbox',
  failed: true,
});

function noteProgress({ front, transcript, stepsDone, spending }: Launch): void {
  transcript.noteProgress(stepsDone, { model: front.model, spent: spending.spent });
}

async function takeStep(launch: Launch, step: Step, index: number): Promise<Ending | null> {
  const { front, task, settings, stream, memory, values, signal } = launch;
  const noteDone = () => {
    launch.stepsDone = index + 1;
    noteProgress(launch);
  };
  if (isEdit(step)) {
    const use =
      front.mayWrite || step.kind === 'read'
        ? applyStep(step, process.cwd(), values)
        : refuseToWrite(step);
    stream.answer(use ? { use } : { text: 'That is already as it should be.' });
    noteDone();
    return null;
  }
  const name = `${nameOf(task)}/${index}`;
  if ('times' in step && step.times !== undefined) {
    noteDone();
    if (!memory.happens(name, step.times)) return null;
  }
  const countTurns = () => launch.spending.turns;
  const scene = { name, stream, memory, settings, countTurns, maxTurns: front.maxTurns, signal };
  const ending = await act(step, scene);
  if (ending === null) noteDone();
  return ending;
}

async function play(launch: Launch): Promise<Ending> {
  const { task, performance, settings, stream, values, stepsDone, signal } = launch;
  let opened = false;
  const open = () => {
    if (opened) return;
    opened = true;
    stream.answer({
      text: fillTemplate(performance.opening, values),
      use: { tool: 'Read', input: { file_path: task.path }, output: task.text },
    });
  };
  stream.begin();
  for (const [index, step] of performance.steps.entries()) {
    if (index < stepsDone) continue;
    // A first request that is refused leaves no time for a word.
    if (step.kind !== 'end') open();
    await sleep(step.kind === 'toil' ? 0 : settings.paceMs, undefined, { signal });
    const ending = await takeStep(launch, step, index);
    if (ending !== null) return ending;
  }
  open();
  await sleep(settings.paceMs, undefined, { signal });
  const text = fillTemplate(performance.closing, values);
  stream.answer({ text });
  return { kind: 'finished', text };
}

async function playUntilInterrupted(launch: Launch): Promise<Ending> {
  try {
    return await play(launch);
  } catch (error) {
    if (launch.signal.aborted) return { kind: 'interrupted' };
    throw error;
  }
}

/**
 * Plays one launch of the role and scenario its prompt asks for, in the words of `front`, and sets
 * the exit code; `onEnd` is called when its last event is out. Throws one sentence about a prompt, task file or session that is of no use.
 */
export async function perform(front: Front, onEnd = () => {}): Promise<void> {
  const interruption = new AbortController();
  process.once('SIGINT', () => {
    interruption.abort();
  });
  const launch = prepare(front, interruption.signal);
  const ending = await playUntilInterrupted(launch);
  process.exitCode = launch.stream.end(ending);
  noteProgress(launch);
  onEnd();
  if (ending.kind !== 'finished') return;
  launch.transcript.noteFinish();
  for (const [index, step] of launch.performance.afterwards.entries()) {
    await takeStep(launch, step, launch.performance.steps.length + index);
  }
}
