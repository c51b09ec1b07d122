import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** A process as `/proc` shows it. */
export interface ProcessEntry {
  pid: number;
  groupId: number;
  sessionId: number;
  /** clock ticks since boot at its start; with pid and boot id it names a process for good */
  startTicks: string;
}

/** The variable that marks every process of a run. Its value is the run's directory: run ids repeat between instances on one machine. */
export const RUN_MARKER = 'ORCH_RUN_ID';

/** The boot this machine is in; a pid of another boot means nothing. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** The process `pid`, null when it is gone. A zombie is gone. */
export async function readProcess(pid: number): Promise<ProcessEntry | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (stat === null) return null;
  // The second field is the program's name in brackets, which may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, , groupId, sessionId] = fields;
  const startTicks = fields[19];
  if (state === undefined || 'ZX'.includes(state) || startTicks === undefined) return null;
  return { pid, groupId: Number(groupId), sessionId: Number(sessionId), startTicks };
}

/** Every living process of the group `groupId`. */
export async function findGroup(groupId: number): Promise<ProcessEntry[]> {
  const found = await Promise.all((await listPids()).map(readProcess));
  return found.filter((entry) => entry?.groupId === groupId) as ProcessEntry[];
}

/** Pids of living processes whose environment carries the marker of the run in `directory`. */
export async function findMarked(directory: string): Promise<number[]> {
  const marker = `\0${RUN_MARKER}=${resolve(directory)}\0`;
  const marked: number[] = [];
  for (const pid of await listPids()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (!`\0${environment}\0`.includes(marker)) continue;
    if (pid !== process.pid && (await readProcess(pid)) !== null) marked.push(pid);
  }
  return marked;
}

/** Sends a signal to a process, or to a group when `pid` is negative. One that is gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function listPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}
