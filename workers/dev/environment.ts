import { dirname, join, resolve } from 'node:path';
import { ROLES } from '../../workflows/domain/stages.ts';
import type { DevPorts } from './ports.ts';
import type { DevSecrets } from './secrets.ts';
import { DEV_CHAT_ID } from './seed.ts';

/** Settings of the scripted agent. */
export type ScriptedSettings = Readonly<Record<`SCRIPTED_AGENT_${string}`, string>>;

/**
 * Settings of every process of a stack, as .env.example describes them. Of our own environment only the settings of the scripted
 * agent are passed on, and what is given here wins over them.
 */
export function devEnvironment(about: {
  dataDir: string;
  ports: DevPorts;
  profile: 'production' | 'test';
  paceMs: number;
  scripted?: ScriptedSettings;
  secrets: DevSecrets;
  ledgerUrl: string;
  botIds: readonly string[];
}): Record<string, string> {
  const { dataDir, ports, secrets } = about;
  const scripted = {
    ...ownSettings(process.env),
    SCRIPTED_AGENT_PACE_MS: String(about.paceMs),
    ...about.scripted,
  };
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const roleTokens = ROLES.map((role) => [`ORCH_PLANE_TOKEN_${role.toUpperCase()}`, secrets[role]]);
  return {
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    HOME: process.env['HOME'] ?? dataDir,
    LANG: 'C.UTF-8',
    ORCH_PROFILE: about.profile,
    ORCH_DATA_DIR: dataDir,
    ORCH_PROJECTS_FILE: join(dataDir, 'projects.yaml'),
    ORCH_PUBLIC_URL: at(ports.api),
    ORCH_TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    ORCH_TEMPORAL_UI_URL: at(ports['temporal-ui']),
    ORCH_LEDGER_URL: about.ledgerUrl,
    ORCH_PLANE_URL: at(ports.board),
    ORCH_PLANE_TOKEN: secrets.stream,
    ...(Object.fromEntries(roleTokens) as Record<string, string>),
    ORCH_PLANE_READ_TOKEN: secrets.stream,
    ORCH_PLANE_BOT_IDS: about.botIds.join(','),
    ORCH_PLANE_WEBHOOK_SECRET: secrets.boardSecret,
    ORCH_GITEA_URL: at(ports.forge),
    ORCH_GITEA_USER: 'orchestrator',
    ORCH_GITEA_TOKEN: secrets.forgeBot,
    ORCH_GITEA_GIT_TOKEN: secrets.forgeBot,
    ORCH_GITEA_WEBHOOK_SECRET: secrets.forgeSecret,
    ORCH_TELEGRAM_URL: at(ports.chat),
    ORCH_TELEGRAM_TOKEN: secrets.chatBot,
    ORCH_TELEGRAM_CHAT_ID: DEV_CHAT_ID,
    ORCH_TELEGRAM_CARD_URL: `${at(ports.chat)}/chats/{chat}/messages/{message}`,
    ORCH_API_PORT: String(ports.api),
    ORCH_AGENT_COMMAND: JSON.stringify([process.execPath, resolve('infra/sandbox/agent/agent.ts')]),
    ORCH_SANDBOX_READABLE: [resolve('node_modules'), resolve('infra/sandbox/agent')].join(','),
    ORCH_AGENT_ENV: Object.keys(scripted).join(','),
    ...scripted,
    ORCH_SHUTDOWN_GRACE_SECONDS: '1',
  };
}

const ownSettings = (env: NodeJS.ProcessEnv): ScriptedSettings =>
  Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name.startsWith('SCRIPTED_AGENT_') && value),
  ) as ScriptedSettings;
