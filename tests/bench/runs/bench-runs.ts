import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createRunnerClient } from '../../../activities/runs/runner-client.ts';
import type { Runs } from '../../../activities/runs/runs.ts';
import { createSupervisedRuns } from '../../../activities/runs/supervised-runs.ts';
import { RunDirectory } from '../../../activities/runs/run-directory.ts';

const AT_ONCE = 20;
const ROUNDS = 3;
const BURSTS = 50;
const LINES_A_BURST = 400;
const LINES = BURSTS * LINES_A_BURST;
const SAMPLE_MS = 200;

/** Memory in MB; `supervisorMb` is what one supervisor has to itself, `supervisorRssMb` includes pages all of them share. */
interface Figures {
  runs: number;
  lines: number;
  linesLost: number;
  beforeMb: number;
  peakMb: number;
  afterMb: number;
  fdsBefore: number;
  fdsAfter: number;
  supervisorMb: number;
  supervisorRssMb: number;
}

/** Measures this process while it follows 20 runs at once, three times over, and their supervisors; prints a table or JSON. */
export async function benchRuns({ json }: { json: boolean }): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const dataDir = await mkdtemp(join(tmpdir(), 'orch-bench-runs-'));
  const args = [resolve('workers/cli.ts'), 'runner'];
  const env = { PATH: process.env['PATH'] ?? '', ORCH_DATA_DIR: dataDir, ORCH_LOG_LEVEL: 'warn' };
  const runner = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(runner.stdout, 'data');
    const figures = await measure(dataDir, say);
    process.stdout.write(json ? `${JSON.stringify(figures)}\n` : table(figures));
  } finally {
    runner.kill('SIGTERM');
    await once(runner, 'exit');
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(dataDir: string, say: (line: string) => void): Promise<Figures> {
  const runs = createSupervisedRuns(dataDir, createRunnerClient(join(dataDir, 'runner.sock')));
  say('one run to warm up');
  await follow(runs, dataDir, 'warm-up');
  const before = sample();
  const fdsBefore = countFds();
  let peakMb = before;
  let linesLost = 0;
  let supervisors: { ownMb: number; rssMb: number } = { ownMb: 0, rssMb: 0 };
  const sampler = setInterval(() => {
    peakMb = Math.max(peakMb, sample());
  }, SAMPLE_MS);
  for (let round = 1; round <= ROUNDS; round += 1) {
    say(`${AT_ONCE} runs at once, round ${round} of ${ROUNDS}`);
    const names = Array.from({ length: AT_ONCE }, (_, index) => `run-${round}-${index}`);
    const all = Promise.all(names.map((name) => follow(runs, dataDir, name)));
    const looked = lookAtSupervisors(dataDir, names);
    linesLost += (await all).reduce((sum, lost) => sum + lost, 0);
    supervisors = await looked;
  }
  clearInterval(sampler);
  return {
    runs: AT_ONCE * ROUNDS,
    lines: AT_ONCE * ROUNDS * LINES,
    linesLost,
    beforeMb: before,
    peakMb,
    afterMb: sample(),
    fdsBefore,
    fdsAfter: countFds(),
    supervisorMb: supervisors.ownMb,
    supervisorRssMb: supervisors.rssMb,
  };
}

const never = new AbortController().signal;
const FILLER = 'all work and no play makes a dull agent '.repeat(10);
/** Lines of about 430 bytes, in bursts, as an agent streams them. */
const SCRIPT = `for ((b = 0; b < ${BURSTS}; b++)); do
  for ((i = 0; i < ${LINES_A_BURST}; i++)); do echo "{\\"line\\":$((b * ${LINES_A_BURST} + i)),\\"text\\":\\"${FILLER}\\"}"; done
  sleep 0.1
done`;

/** Answers how many lines are missing, doubled or out of order. */
async function follow(runs: Runs, dataDir: string, runId: string): Promise<number> {
  const cwd = join(dataDir, 'trees', runId);
  await mkdir(cwd, { recursive: true });
  let expected = 0;
  let wrong = 0;
  await runs.run(
    {
      ...{ runId, continuation: 0, lockPath: join(cwd, '../', `${runId}.lock`), cwd },
      ...{ timeoutMs: 600_000, sandbox: null },
      secrets: [{ name: 'key', value: 'sk-ant-0123456789abcdef' }],
    },
    {
      owner: { temporalRunId: 'bench', activityId: '1', attempt: 1 },
      ...{ cancel: never, detach: never, onHeartbeat: () => undefined },
      prepare: () =>
        Promise.resolve({
          ...{ argv: ['bash', '-c', SCRIPT], stdinPath: null },
          env: { PATH: process.env['PATH'] ?? '' },
        }),
      onLine: (line) => {
        const { line: number } = JSON.parse(line) as { line: number };
        if (number !== expected) wrong += 1;
        expected = number + 1;
      },
      watch: () => null,
    },
  );
  return wrong + Math.abs(LINES - expected);
}

/** The mean over the supervisors, once all of them hold a command that speaks. */
async function lookAtSupervisors(
  dataDir: string,
  names: readonly string[],
): Promise<{ ownMb: number; rssMb: number }> {
  const own: number[] = [];
  const rss: number[] = [];
  for (const name of names) {
    const directory = new RunDirectory(join(dataDir, 'runs'), name);
    let started = await directory.read('started.json');
    while (started?.leader === undefined || started.leader === null) {
      await new Promise((again) => setTimeout(again, SAMPLE_MS));
      started = await directory.read('started.json');
    }
    const { pid } = started.supervisor;
    own.push(readKilobytes(`/proc/${pid}/smaps_rollup`, /^Private_\w+:\s+(\d+)/gm));
    rss.push(readKilobytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+)/gm));
  }
  return { ownMb: mean(own), rssMb: mean(rss) };
}

function readKilobytes(path: string, pattern: RegExp): number {
  const found = [...readFileSync(path, 'utf8').matchAll(pattern)];
  return found.reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0);
}

const mean = (kilobytes: readonly number[]): number =>
  toMegabytes((kilobytes.reduce((sum, value) => sum + value, 0) / kilobytes.length) * 1024);
const sample = (): number => toMegabytes(process.memoryUsage.rss());
const toMegabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
const countFds = (): number => readdirSync('/proc/self/fd').length;

function table(figures: Figures): string {
  const row = (name: string, value: string): string => `${name.padEnd(44)}${value.padStart(12)}\n`;
  return [
    row('runs, 20 at once', String(figures.runs)),
    row('lines of about 430 bytes', String(figures.lines)),
    row('lines lost', String(figures.linesLost)),
    row('this process, resident, before, MB', String(figures.beforeMb)),
    row('this process, resident, at most, MB', String(figures.peakMb)),
    row('this process, resident, after, MB', String(figures.afterMb)),
    row('open descriptors before, after', `${figures.fdsBefore}, ${figures.fdsAfter}`),
    row('one supervisor, private, MB', String(figures.supervisorMb)),
    row('one supervisor, resident, MB', String(figures.supervisorRssMb)),
  ].join('');
}
