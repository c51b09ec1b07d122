import { readdir, readFile, readlink } from 'node:fs/promises';
import { resolve } from 'node:path';

/** A process as `/proc` shows it. */
export interface ProcessEntry {
  pid: number;
  parentPid: number;
  groupId: number;
  sessionId: number;
  /** clock ticks since boot at its start; with pid and boot id it names a process for good */
  startTicks: string;
}

/** Names one process for good: a pid alone is used again, and means another process elsewhere. */
export interface ProcessIdentity {
  pid: number;
  startTicks: string;
  bootId: string;
  /** the process namespace in which `pid` is its number */
  pidNamespace: string;
}

/** The variable that marks every process of a run. Its value is the run's directory: run ids repeat between instances on one machine. */
export const RUN_MARKER = 'ORCH_RUN_ID';

/** The boot this machine is in; a pid of another boot means nothing. */
async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** The process `pid`, null when it is gone. A zombie is gone. */
export async function readProcess(pid: number): Promise<ProcessEntry | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (stat === null) return null;
  // The second field is the program's name in brackets, which may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid, groupId, sessionId] = fields;
  const startTicks = fields[19];
  if (state === undefined || 'ZX'.includes(state) || startTicks === undefined) return null;
  return {
    pid,
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    sessionId: Number(sessionId),
    startTicks,
  };
}

/** The identity of a living process, null when it is gone. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const entry = await readProcess(pid);
  if (entry === null) return null;
  const [bootId, pidNamespace] = await Promise.all([readBootId(), readlink('/proc/self/ns/pid')]);
  return { pid, startTicks: entry.startTicks, bootId, pidNamespace };
}

/** Whether the process lives; `invisible` = its number means nothing here. One of another boot is gone. */
export async function findProcess(
  identity: ProcessIdentity,
): Promise<'alive' | 'gone' | 'invisible'> {
  if (identity.bootId !== (await readBootId())) return 'gone';
  if (identity.pidNamespace !== (await readlink('/proc/self/ns/pid'))) return 'invisible';
  return (await readProcess(identity.pid))?.startTicks === identity.startTicks ? 'alive' : 'gone';
}

/** Every living process of the group `groupId`. */
export async function findGroup(groupId: number): Promise<ProcessEntry[]> {
  return (await listProcesses()).filter((entry) => entry.groupId === groupId);
}

/** Every living process in the process namespace of `pid`, itself included; none when it is gone. */
export async function findNamespace(pid: number): Promise<ProcessEntry[]> {
  const namespace = await readNamespace(pid);
  if (namespace === null) return [];
  const inside: ProcessEntry[] = [];
  for (const entry of await listProcesses()) {
    if ((await readNamespace(entry.pid)) === namespace) inside.push(entry);
  }
  return inside;
}

/** The process that has number 2 in the namespace whose init is `initPid`: the first one init started. Null = it is gone. */
export async function findFirstInside(initPid: number): Promise<number | null> {
  for (const { pid, parentPid } of await listProcesses()) {
    if (parentPid !== initPid) continue;
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
    if (/^NSpid:.*\t2$/m.test(status)) return pid;
  }
  return null;
}

const readNamespace = (pid: number): Promise<string | null> =>
  readlink(`/proc/${pid}/ns/pid`).catch(() => null);

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

async function listProcesses(): Promise<ProcessEntry[]> {
  const found = await Promise.all((await listPids()).map(readProcess));
  return found.filter((entry) => entry !== null);
}

async function listPids(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}
