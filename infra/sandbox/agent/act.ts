import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending } from './ending.ts';
import type { Memory } from './memory.ts';
import type { Settings } from './settings.ts';
import type { Act } from './steps.ts';
import type { Stream } from './stream.ts';
import { leaveDaemon } from './tricks/daemon.ts';
import { flood } from './tricks/flood.ts';
import { tryProbe } from './tricks/probe.ts';
import { findSecrets, showSecrets } from './tricks/secrets.ts';

const FOREVER_MS = 2 ** 31 - 1;
/** How long it wanders where no limit of turns is given. */
const WANDER_TURNS = 30;
/** How long one step of toil lasts, at most. */
export const TOIL_MS = 1000;

/** Where an act takes place; `name` is its own among all acts of all tasks. */
export interface Scene {
  name: string;
  stream: Stream;
  memory: Memory;
  settings: Settings;
  countTurns: () => number;
  maxTurns: number | null;
  signal: AbortSignal;
}

function end(as: Extract<Act, { kind: 'end' }>['as'], scene: Scene): Ending | null {
  if (as !== 'usage-limited') return { kind: as };
  // In whole seconds, as the limit is told.
  const untilMs = Math.ceil((Date.now() + scene.settings.limitMs) / 1000) * 1000;
  const resetsAtMs = scene.memory.keep(scene.name, untilMs);
  return Date.now() < resetsAtMs ? { kind: as, resetsAtMs } : null;
}

async function crash(): Promise<void> {
  process.kill(process.pid, 'SIGKILL');
  await sleep(FOREVER_MS);
}

function ignoreSignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.removeAllListeners(signal);
    process.on(signal, () => undefined);
  }
}

async function wander({ stream, settings, ...scene }: Scene): Promise<Ending> {
  const use = { tool: 'Bash', input: { command: 'ls' }, output: 'README.md\n' } as const;
  while (scene.countTurns() < (scene.maxTurns ?? WANDER_TURNS)) {
    await sleep(settings.paceMs, undefined, { signal: scene.signal });
    stream.answer({ text: 'I look around once more.', use });
  }
  return { kind: 'max-turns' };
}

async function probe({ stream, settings }: Scene): Promise<void> {
  for (const one of settings.probes) {
    const report = await tryProbe(one);
    const command = `probe ${JSON.stringify(one)}`;
    stream.answer({ use: { tool: 'Bash', input: { command }, output: JSON.stringify(report) } });
  }
}

async function toil({ stream, settings, signal }: Scene): Promise<void> {
  await sleep(Math.min(TOIL_MS, settings.runMs), undefined, { signal });
  stream.answer({ text: 'I am still at it.' });
}

function tellSecrets(as: 'utf8' | 'base64' | 'hex', { stream }: Scene): void {
  const output = showSecrets(findSecrets(process.env), as);
  stream.answer({ use: { tool: 'Bash', input: { command: `env | ${as}` }, output } });
}

/** Does one act and answers how the launch ends by it, null when it goes on. */
export async function act(step: Act, scene: Scene): Promise<Ending | null> {
  switch (step.kind) {
    case 'end':
      return end(step.as, scene);
    case 'wander':
      return wander(scene);
    case 'hang':
      await sleep(FOREVER_MS, undefined, { signal: scene.signal });
      break;
    case 'crash':
      await crash();
      break;
    case 'ignoreSignals':
      ignoreSignals();
      break;
    case 'toil':
      await toil(scene);
      break;
    case 'flood':
      await flood(scene.stream, scene.settings.floodBytes);
      break;
    case 'daemon':
      scene.stream.answer({ use: leaveDaemon() });
      break;
    case 'probe':
      await probe(scene);
      break;
    case 'showSecrets':
      tellSecrets(step.as, scene);
      break;
  }
  return null;
}
