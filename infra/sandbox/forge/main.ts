import { join, resolve } from 'node:path';
import { Deliveries } from '../kit/deliveries.ts';
import { Faults } from '../kit/faults.ts';
import { serveProgram, type Program, type Surroundings } from '../kit/serve-program.ts';
import { StateFile } from '../kit/state-file.ts';
import { mountForge } from './app.ts';
import { CiRunner } from './ci.ts';
import { forgeControls } from './controls.ts';
import type { Forge } from './forge.ts';
import { recoverLandings } from './merge.ts';
import { settleRefs } from './ref-changes.ts';
import { seedForge } from './seed.ts';
import { emptyForgeState, ownerOf } from './state.ts';

const CHECK_MS = 300;

async function recover(forge: Forge, ci: CiRunner): Promise<void> {
  for (const repo of forge.state.repos) {
    await recoverLandings(forge, repo);
    await settleRefs(forge, repo, ownerOf(forge.state, repo.owner));
  }
  await ci.resume();
  forge.store.flush();
}

function createForge({ dataDir, url }: Surroundings): Program {
  const store = new StateFile(join(dataDir, 'state.json'), emptyForgeState());
  const forge: Forge = {
    dataDir: resolve(dataDir),
    url,
    store,
    state: store.state,
    deliveries: new Deliveries(),
    locks: new Map(),
    events: new Map(),
    checkedAtMs: new Map(),
    pace: { checkMs: CHECK_MS, mergeMs: 0 },
    judge: async (repo, head) => {
      await ci.judge(repo, head);
    },
  };
  const ci = new CiRunner(forge);
  return {
    faults: new Faults(),
    deliveries: forge.deliveries,
    state: () => forge.state,
    seed: (section) => seedForge(forge, section),
    actions: forgeControls(forge, ci),
    mount: (app) => {
      mountForge(app, forge, ci);
    },
    start: () => recover(forge, ci),
    close: async () => {
      await ci.close();
      store.flush();
    },
  };
}

await serveProgram({ name: 'forge', defaultPort: 3300, create: createForge });
