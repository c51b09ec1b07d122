import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { createDeployActivities } from '../activities/deploy.ts';
import { createControlActivities } from '../activities/control.ts';
import { createBoard } from '../activities/board/board.ts';
import { createReadDescription } from '../activities/board/read-description.ts';
import { createGiteaClient } from '../activities/clients/gitea/client.ts';
import { createPlaneClient } from '../activities/clients/plane/client.ts';
import { createTelegramClient } from '../activities/clients/telegram/client.ts';
import { createFlowActivities } from '../activities/flow.ts';
import { createGit } from '../activities/git/git.ts';
import { createHostActivities } from '../activities/host.ts';
import type { Ledger } from '../activities/ledger/ledger.ts';
import { createRunnerClient } from '../activities/runs/runner-client.ts';
import { createSupervisedRuns } from '../activities/runs/supervised-runs.ts';
import type { RepoSlug } from '../workflows/domain/ids.ts';
import type { FlowActivities } from '../workflows/domain/activities.ts';
import type { AgentsConfig, CommonConfig, FlowConfig } from './config.ts';
import { readHostId } from './host-id.ts';
import type { LiveRegistry } from './registry.ts';
import type { AgentsDuties } from './worker.ts';

const HTTP_TIMEOUT_MS = 10_000;
const SUPERVISOR = fileURLToPath(new URL('service.ts', import.meta.url));

/** What both workers stand on. */
export interface Base<Config extends CommonConfig> {
  config: Config;
  registry: LiveRegistry;
  ledger: Ledger;
  log: Logger;
}

/** The short activities over the real board, forge, chat and ledger. */
export function wireFlow(
  { config, registry, ledger, log }: Base<FlowConfig>,
  about: { client: Client; chatFailed: (what: 'card' | 'notice') => void },
): FlowActivities {
  const { board, forge, chat, addresses } = config;
  const timeoutMs = HTTP_TIMEOUT_MS;
  return createFlowActivities({
    registry,
    ledger,
    log,
    addresses,
    board: createBoard(createPlaneClient({ ...board, timeoutMs }), log),
    forge: createGiteaClient({ ...forge, timeoutMs }),
    chat: chat === null ? null : createTelegramClient({ ...chat, timeoutMs }),
    workflows: about.client.workflow,
    providerLimits: (provider) => ({
      slots: config.providerSlots[provider] ?? null,
      breaker: config.timings.breaker,
    }),
    chatFailed: about.chatFailed,
  });
}

/** The work of this host and of the deploy targets it owns. */
export function wireAgents({ config, registry, ledger }: Base<AgentsConfig>): AgentsDuties {
  const { dataDir, path, git, agent, board } = config;
  const host = readHostId(dataDir);
  const client = createPlaneClient({
    url: board.url,
    sharedToken: board.readToken,
    roleTokens: {},
    timeoutMs: HTTP_TIMEOUT_MS,
  });
  const authorization = `Basic ${Buffer.from(`${git.user}:${git.token}`).toString('base64')}`;
  const common = {
    ...{ dataDir, path, registry },
    documents: ledger,
    runs: createSupervisedRuns(dataDir, createRunnerClient(config.runnerSocket)),
    git: createGit({ path, forgeUrl: git.url, authorization }),
    urlOf: (repo: RepoSlug) => `${git.url}/${repo}.git`,
    isolation: config.isolation,
  };
  return {
    host,
    slots: agent.slots,
    hostActivities: createHostActivities({
      ...common,
      hostId: host,
      agentSlots: agent.slots,
      readDescription: createReadDescription({ client, registry, botIds: board.botIds }),
      agents: agent.programs,
    }),
    controlActivities: createControlActivities({ hostId: host, runs: common.runs }),
    deployTargets:
      config.deployTargets ?? registry.all().flatMap(({ targets }) => Object.keys(targets)),
    deployActivities: createDeployActivities({
      ...common,
      supervisor: [process.execPath, SUPERVISOR],
    }),
  };
}
