/**
 * The scripted agent: Claude Code's headless command line and stream, played from a scenario. It
 * spends no money and reaches no network, but really edits the files of its working directory.
 */
import { randomUUID } from 'node:crypto';
import { text as readText } from 'node:stream/consumers';
import { parseFlags, type AgentFlags } from './claude/flags.ts';
import { ClaudeStream, type StreamEvent } from './claude/stream.ts';
import { perform } from './perform.ts';
import type { Front } from './stream.ts';

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

function frontOf(flags: AgentFlags, prompt: string): Front {
  const folder = process.env['CLAUDE_CONFIG_DIR'];
  const emit = createOutput(flags.outputFormat);
  const project = process.cwd().replace(/[^A-Za-z0-9]/g, '-');
  return {
    prompt,
    model: flags.model,
    sessionFolder: flags.sessionPersistence && folder !== undefined ? folder : null,
    nameTranscript: (id) => `projects/${project}/${id}.jsonl`,
    sessionId: flags.sessionId ?? (flags.forkSession ? undefined : flags.resume) ?? randomUUID(),
    resume: flags.resume ?? null,
    unknownSession: (id) => `No conversation found with session ID: ${id}`,
    maxTurns: flags.maxTurns === undefined ? null : Number(flags.maxTurns),
    mayWrite: true,
    createStream: (start) => new ClaudeStream(start, flags, emit),
  };
}

async function main(): Promise<void> {
  const { flags, prompt: argument, problem } = parseFlags(process.argv);
  if (problem !== null) throw new Error(problem);
  const prompt = argument ?? (await readText(process.stdin));
  if (prompt.trim() === '') {
    throw new Error('Input must be provided either through stdin or as a prompt argument');
  }
  await perform(frontOf(flags, prompt));
}

try {
  await main();
} catch (error) {
  console.error(`Error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
