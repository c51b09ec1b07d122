/**
 * The scripted agent: Claude Code's headless command line and stream, played from a scenario. It
 * spends no money and reaches no network, but really edits the files of its working directory.
 */
import { randomUUID } from 'node:crypto';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyStep } from './apply-step.ts';
import { Conversation, type StreamEvent } from './conversation.ts';
import { parseFlags, type AgentFlags } from './flags.ts';
import { choosePerformance, type Performance } from './scenario.ts';
import { recallPrompt, rememberPrompt } from './sessions.ts';
import { toOneLine } from './slug.ts';
import { findTaskFilePath, readTaskFile, type TaskFile } from './task-file.ts';
import { fillTemplate, type TemplateValues } from './template.ts';
import { chooseSlug } from './choose-slug.ts';

const DEFAULT_PACE_MS = 200;
const EXIT_TERMINATED = 143;

// A dead reader ends the agent like any other command in a pipe.
process.stdout.on('error', () => process.exit(1));
process.on('SIGTERM', () => process.exit(EXIT_TERMINATED));

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What leaves on stdout: every event, the last one, or its text, as the output format asks. */
function createOutput(format: AgentFlags['outputFormat']): (event: StreamEvent) => void {
  if (format === 'stream-json')
    return (event) => {
      printLine(JSON.stringify(event));
    };
  return (event) => {
    if (event.type !== 'result') return;
    printLine(
      format === 'json' ? JSON.stringify(event) : String(event['result'] ?? event['errors']),
    );
  };
}

/** The task the prompt is about; a resumed session may be told no more than to continue. */
function findTask(prompt: string, flags: AgentFlags): TaskFile {
  const configDir = process.env['CLAUDE_CONFIG_DIR'];
  let path = findTaskFilePath(prompt);
  if (flags.resume !== undefined && configDir !== undefined) {
    const first = recallPrompt(configDir, flags.resume);
    if (first === null) throw new Error(`No conversation found with session ID: ${flags.resume}`);
    path ??= findTaskFilePath(first);
  }
  if (path === null) {
    throw new Error('The prompt names no task: a line "Task file: <absolute path>" is missing');
  }
  return readTaskFile(path);
}

function chooseSessionId(flags: AgentFlags): string {
  return flags.sessionId ?? (flags.forkSession ? undefined : flags.resume) ?? randomUUID();
}

interface Play {
  conversation: Conversation;
  performance: Performance;
  task: TaskFile;
  values: TemplateValues;
  paceMs: number;
}

async function play(
  { conversation, performance, task, values, paceMs }: Play,
  signal: AbortSignal,
): Promise<void> {
  const cwd = process.cwd();
  conversation.init(cwd);
  conversation.answer({
    text: fillTemplate(performance.opening, values),
    use: { tool: 'Read', input: { file_path: task.path }, output: task.text },
  });
  for (const step of performance.steps) {
    await sleep(paceMs, undefined, { signal });
    const use = applyStep(step, cwd, values);
    conversation.answer(use ? { use } : { text: 'That is already as it should be.' });
  }
  await sleep(paceMs, undefined, { signal });
  const closing = fillTemplate(performance.closing, values);
  conversation.answer({ text: closing });
  conversation.finish(closing);
}

async function main(): Promise<void> {
  const { flags, prompt: argument, problem } = parseFlags(process.argv);
  if (problem !== null) throw new Error(problem);
  const prompt = argument ?? (await readText(process.stdin));
  if (prompt.trim() === '') {
    throw new Error('Input must be provided either through stdin or as a prompt argument');
  }
  const task = findTask(prompt, flags);
  const performance = choosePerformance(task);
  const sessionId = chooseSessionId(flags);
  const configDir = process.env['CLAUDE_CONFIG_DIR'];
  if (configDir !== undefined && flags.sessionPersistence) {
    rememberPrompt(configDir, { id: sessionId, cwd: process.cwd(), prompt });
  }

  const plan = {
    sessionId,
    model: flags.model,
    permissionMode: flags.dangerouslySkipPermissions ? 'bypassPermissions' : flags.permissionMode,
    turns: performance.steps.length + 2,
    usage: performance.usage,
  };
  const conversation = new Conversation(plan, createOutput(flags.outputFormat));
  const interruption = new AbortController();
  process.once('SIGINT', () => {
    interruption.abort();
  });
  const values = {
    task: task.task,
    title: toOneLine(task.title),
    documents: task.documents,
    slug: chooseSlug(task, process.cwd()),
  };
  const paceMs = Number(process.env['SCRIPTED_AGENT_PACE_MS'] ?? DEFAULT_PACE_MS);
  try {
    await play({ conversation, performance, task, values, paceMs }, interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    conversation.interrupt();
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
