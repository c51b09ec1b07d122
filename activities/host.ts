import type { HostActivities } from '../workflows/domain/activities.ts';
import { billStoppedRun } from './agent/bill-run.ts';
import { produce } from './agent/produce.ts';
import { buildSealed } from './build/build-sealed.ts';
import { runTests } from './gates/run-tests.ts';
import { scanSecrets } from './gates/scan-secrets.ts';
import { withHeartbeats } from './heartbeat.ts';
import type { HostCall, HostPorts } from './host-ports.ts';
import { catchUp } from './workspace/catch-up.ts';
import { closeWorkspace } from './workspace/close-workspace.ts';
import { prepareWorkspace } from './workspace/prepare-workspace.ts';
import { preserveWork } from './workspace/preserve-work.ts';
import { proveLanding, readMain } from './workspace/prove-landing.ts';
import { seal } from './workspace/seal.ts';

export type { HostPorts } from './host-ports.ts';

/** The activities bound to one host, over its ports. Each keeps telling Temporal that it lives. */
export function createHostActivities(ports: HostPorts): HostActivities {
  const bind =
    <Input, Output>(activity: (call: HostCall, input: Input) => Promise<Output>) =>
    (input: Input): Promise<Output> =>
      withHeartbeats(
        () => null,
        (life) => activity({ ports, ...life, beat: () => undefined }, input),
      );
  return {
    claimWorkspace: () => Promise.resolve({ host: ports.hostId, agentSlots: ports.agentSlots }),
    prepareWorkspace: bind(prepareWorkspace),
    produce: bind(produce),
    runTests: bind(runTests),
    scanSecrets: bind(scanSecrets),
    catchUp: bind(catchUp),
    seal: bind(seal),
    buildSealed: (input) => buildSealed(ports, input),
    readMain: bind(readMain),
    proveLanding: bind(proveLanding),
    preserveWork: bind(preserveWork),
    billStoppedRun: bind(billStoppedRun),
    closeWorkspace: bind(closeWorkspace),
  };
}
