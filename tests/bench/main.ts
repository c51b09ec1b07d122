import { benchRedeploy } from './redeploy/bench-redeploy.ts';
import { benchRuns } from './runs/bench-runs.ts';
import { benchStages } from './stages/bench-stages.ts';

const BENCHES = { redeploy: benchRedeploy, runs: benchRuns, stages: benchStages } as const;

const [name = '', ...args] = process.argv.slice(2);
if (!(name in BENCHES)) {
  process.stderr.write(
    `bench: there is no bench "${name}"; use one of: ${Object.keys(BENCHES).join(', ')}\n`,
  );
  process.exit(2);
}
await BENCHES[name as keyof typeof BENCHES]({ json: args.includes('--json') });
