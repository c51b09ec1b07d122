import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { ROLES } from '../../workflows/domain/stages.ts';
import type { DevPorts } from './ports.ts';
import type { DevSecrets } from './secrets.ts';

/** Chat the cards of the sandbox go to. */
export const DEV_CHAT_ID = '-1001';
const BOTS = [...ROLES, 'stream'] as const;

/** What the sandbox begins with: people, bots, the sample project, hooks that lead to our api. */
export function devSeed(secrets: DevSecrets, ports: DevPorts): object {
  const api = `http://127.0.0.1:${ports.api}`;
  return {
    forge: {
      users: [
        { login: 'orchestrator', token: secrets.forgeBot },
        { login: 'anna', token: secrets.forgeAnna, admin: true },
      ],
      repos: [{ owner: 'acme', name: 'notes', template: resolve('infra/sandbox/sample-project') }],
      hooks: [
        {
          repo: 'acme/notes',
          url: `${api}/webhooks/gitea`,
          secret: secrets.forgeSecret,
          events: ['push', 'pull_request', 'status', 'pull_request_comment'],
        },
      ],
    },
    board: {
      workspace: 'acme',
      users: [
        { name: 'anna', token: secrets.anna },
        { name: 'boris', token: secrets.boris },
        ...BOTS.map((name) => ({ name, token: secrets[name], bot: true })),
      ],
      projects: [
        {
          identifier: 'NOTE',
          name: 'Notes',
          members: ['anna', ...BOTS],
          labels: ['Bug', 'autoApprove', 'autoDeploy'],
        },
      ],
      webhook: { url: `${api}/webhooks/plane`, secret: secrets.boardSecret },
      rateLimitPerMinute: 300,
    },
    chat: {
      bots: [{ token: secrets.chatBot, username: 'orchestrator_bot' }],
      chats: [{ id: Number(DEV_CHAT_ID), title: 'Deliveries' }],
    },
  };
}

/** projects.yaml of the sandbox. */
export function devProjects(boardProjectId: string, ports: DevPorts): string {
  return stringify({
    projects: {
      notes: {
        name: 'Notes',
        prefix: 'NOTE',
        repo: 'acme/notes',
        board: { workspace: 'acme', projectId: boardProjectId },
        commands: {
          test: ['node', '--test', 'tests/acceptance/'],
          build: ['bash', 'build.sh'],
          buildOutput: 'dist',
          start: ['node', 'server.js'],
          suite: ['node', 'staging/suite.js'],
        },
        targets: {
          'notes-staging': { port: ports.staging },
          'notes-production': { port: ports.production },
        },
        policy: {
          staging: { target: 'notes-staging' },
          production: { target: 'notes-production' },
          testTimeout: '60s',
        },
      },
    },
  });
}
