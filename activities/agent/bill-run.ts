import type { HostActivities } from '../../workflows/domain/activities.ts';
import type { RolePolicy } from '../../workflows/domain/policy.ts';
import type { RunUsage, StoppedBill } from '../../workflows/domain/runs.ts';
import type { AgentAdapter, AgentEvent, AgentTotals } from '../clients/agent-adapter.ts';
import type { HostCall } from '../host-ports.ts';
import { runIdOf } from '../run-id.ts';
import type { RunExit } from '../runs/runs.ts';
import { createRunMeter } from './prepare-launch.ts';
import { readOutput } from './read-output.ts';

/** Whose output is billed. */
interface Biller {
  adapter: AgentAdapter;
  policy: RolePolicy;
}

/** What the newest continuation of an ended run used, over all its launches, and what its last launch said. */
export async function billRun(
  { adapter, policy }: Biller,
  exit: RunExit,
): Promise<{ events: readonly AgentEvent[]; usage: RunUsage | null }> {
  const meter = createRunMeter(policy);
  const read = async (from: number, to: number | null) => {
    const { events } = await readOutput(exit.stdoutPath, adapter, { from, to });
    for (const event of events) meter.add(event);
    return events;
  };
  const { stdoutFrom: lastFrom } = exit.lastLaunch;
  await read(0, exit.stdoutFrom);
  meter.take();
  await read(exit.stdoutFrom, lastFrom);
  const events = await read(lastFrom, null);
  return { events, usage: stamp(meter.take(), { adapter, policy }) };
}

type StoppedInput = Parameters<HostActivities['billStoppedRun']>[0];

/** What a run that a STOP ended had used in the given continuation; nothing, when it was not launched for it. */
export async function billStoppedRun(
  { ports }: HostCall,
  { key, continuation, policy }: StoppedInput,
): Promise<StoppedBill> {
  const runId = runIdOf(key);
  const exit = await ports.runs.read(runId);
  const program = ports.agents[policy.agent];
  if (exit === null || exit.continuation !== continuation || exit.launches === 0) {
    return { runId, wasLaunched: false, usage: null, seconds: 0 };
  }
  const bill = program && (await billRun({ adapter: program.adapter, policy }, exit));
  const seconds = Math.round(exit.workedMs / 1000);
  return { runId, wasLaunched: true, usage: bill?.usage ?? null, seconds };
}

/** With the effort it was really given. */
function stamp(totals: AgentTotals | null, { adapter, policy }: Biller): RunUsage | null {
  if (totals === null) return null;
  const { model, inputTokens, cachedTokens, outputTokens, costUsd } = totals;
  const { effort } = policy;
  const given = effort !== null && adapter.accepts('effort', effort) ? effort : null;
  return { model, effort: given, inputTokens, cachedTokens, outputTokens, costUsd };
}
