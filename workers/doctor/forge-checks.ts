import { createGiteaClient } from '../../activities/clients/gitea/client.ts';
import type { ForgeClient } from '../../activities/clients/gitea/client.ts';
import { readBotName } from '../../activities/clients/telegram/client.ts';
import { createGit } from '../../activities/git/git.ts';
import type { RepoSlug } from '../../workflows/domain/ids.ts';
import type { Project } from '../../workflows/domain/project.ts';
import type { AgentsConfig, FlowConfig } from '../config.ts';
import { ok, problem, warning } from './finding.ts';
import type { Check, Finding } from './finding.ts';

const TIMEOUT_MS = 10_000;
const API_FIX = 'is ORCH_GITEA_URL right, the server up, and ORCH_GITEA_TOKEN valid?';
const GIT_FIX =
  'is ORCH_GITEA_URL right, and ORCH_GITEA_GIT_TOKEN a token of ORCH_GITEA_USER that may push?';
const CHAT_FIX = 'is ORCH_TELEGRAM_URL reachable, and ORCH_TELEGRAM_TOKEN the one BotFather gave?';

/** The forge as worker flow uses it: the token of the API, and each repository's settings. */
export function forgeApiChecks(
  { forge }: FlowConfig,
  projects: readonly Project[],
): readonly Check[] {
  const client = createGiteaClient({ ...forge, timeoutMs: TIMEOUT_MS });
  return [
    {
      name: 'forge token ORCH_GITEA_TOKEN',
      fix: API_FIX,
      look: async () => [
        ok('forge token ORCH_GITEA_TOKEN', `valid, user ${await client.ownLogin()}`),
      ],
    },
    ...reposOf(projects).map((repo) => ({
      name: `forge repository ${repo}`,
      fix: `does ${repo} exist, and is our user a collaborator? ${API_FIX}`,
      look: () => checkRepository(client, repo),
    })),
  ];
}

async function checkRepository(client: ForgeClient, repo: RepoSlug): Promise<readonly Finding[]> {
  const check = `forge repository ${repo}`;
  const { defaultBranch, mayPush, fastForwardOnly } = await client.readRepository(repo);
  const findings = [
    defaultBranch === 'main'
      ? null
      : problem(check, `its default branch is ${defaultBranch}`, 'name it main'),
    mayPush ? null : problem(check, 'our user may not write', 'give it write access'),
    fastForwardOnly
      ? null
      : problem(check, 'fast-forward-only merges are off', 'allow them in its settings'),
  ].filter((finding) => finding !== null);
  return findings.length > 0 ? findings : [ok(check, 'main, writable, merges by fast-forward')];
}

/** The forge as worker agents uses it: git itself, with the token it pushes with. */
export function gitChecks(
  { git, path }: AgentsConfig,
  projects: readonly Project[],
): readonly Check[] {
  const authorization = `Basic ${Buffer.from(`${git.user}:${git.token}`).toString('base64')}`;
  const call = createGit({ path, forgeUrl: git.url, authorization });
  return reposOf(projects).map((repo) => ({
    name: `git ${repo}`,
    fix: GIT_FIX,
    look: async () => {
      const url = `${git.url}/${repo}.git`;
      const { stdout } = await call(['ls-remote', url, 'refs/heads/main'], { remote: true });
      const [sha = ''] = stdout.split('\t');
      return [
        sha === ''
          ? problem(`git ${repo}`, 'it has no branch main', 'push a first commit to main')
          : ok(`git ${repo}`, `main is ${sha.slice(0, 8)}`),
      ];
    },
  }));
}

/** The chat; without one there are no cards and no messages. */
export function chatCheck({ chat }: FlowConfig): Check {
  return {
    name: 'chat',
    fix: CHAT_FIX,
    look: async () => {
      if (chat === null) {
        const fix = 'set ORCH_TELEGRAM_TOKEN and ORCH_TELEGRAM_CHAT_ID';
        return [warning('chat', 'off: nobody is called when a task waits for a person', fix)];
      }
      return [ok('chat', `@${await readBotName({ ...chat, timeoutMs: TIMEOUT_MS })}`)];
    },
  };
}

const reposOf = (projects: readonly Project[]): RepoSlug[] => [
  ...new Set(projects.map(({ repo }) => repo)),
];
