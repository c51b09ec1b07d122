import type { AgentCommand, AgentLaunch, AgentOutput } from '../agent-adapter.ts';

/** A model's name. */
export const MODEL = /^[A-Za-z0-9][\w.:/-]{0,99}$/;
/** The efforts it knows. */
export const EFFORTS = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);

/** What Codex says when it does not know a session. */
export const UNKNOWN_THREAD = /No saved session found|no thread with id|no rollout found/i;

/** A thread nothing can be added to. */
const DEAD_THREAD = new RegExp(`${UNKNOWN_THREAD.source}|model's context window`, 'i');

/** Codex's headless command. Settings, rules and instructions of user and repository are off; its own sandbox stays on. */
export const buildCodexCommand = (launch: AgentLaunch): AgentCommand => ({
  args: ['exec', ...optionsOf(launch), '-'],
  env: environmentOf(launch),
  stdin: 'role and prompt',
});

/** `resume` itself takes few flags: those of `exec` stand before it, and all are given again. */
export function buildCodexResume(launch: AgentLaunch, earlier: AgentOutput): AgentCommand | null {
  const started = earlier.events.findLast((event) => event.kind === 'started');
  const thread = started?.sessionId ?? null;
  const last = earlier.events.findLast((event) => event.kind === 'final');
  const words = `${last?.text ?? ''}\n${earlier.stderrTail}`;
  if (thread === null || DEAD_THREAD.test(words)) return null;
  return {
    args: ['exec', ...optionsOf(launch), 'resume', thread, '-'],
    env: environmentOf(launch),
    stdin: { text: 'continue' },
  };
}

function optionsOf({ policy }: AgentLaunch): string[] {
  const { model, effort } = policy;
  return [
    '--json',
    '--skip-git-repo-check',
    ...['--ignore-user-config', '--ignore-rules'],
    ...['-c', 'sandbox_mode="workspace-write"'],
    // Without it a project's tests could not listen on loopback; what is reachable is the sandbox of the run's to say.
    ...['-c', 'sandbox_workspace_write.network_access=true'],
    ...['-c', 'approval_policy="never"'],
    ...['-c', 'project_doc_max_bytes=0'],
    // Names with KEY, SECRET or TOKEN stay away from the commands it runs.
    ...['-c', 'shell_environment_policy.ignore_default_excludes=false'],
    ...(effort !== null && EFFORTS.has(effort) ? ['-c', `model_reasoning_effort="${effort}"`] : []),
    ...(model !== null && MODEL.test(model) ? ['--model', model] : []),
  ];
}

/** Its home must exist, so it is the run's own. Times it tells are UTC. */
const environmentOf = ({ home }: AgentLaunch): Record<string, string> => ({
  TZ: 'UTC',
  CODEX_HOME: home,
});
