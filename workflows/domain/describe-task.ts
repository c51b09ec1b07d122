import type { TaskState } from './task-state.ts';

/** What a person sees in the Temporal UI: stage, what it waits for and since when, how far it got. Markdown. */
export function describeTask(state: TaskState): string {
  const wait = state.wait
    ? `waiting for **${state.wait.on}** since ${state.wait.since}: ${state.wait.detail}`
    : 'working';
  const lines = [
    `## ${state.ref.id} ${state.title}`,
    `**${state.stage}** (${state.track} track), ${wait}`,
    state.escalated === null ? null : `escalated: ${state.escalated}`,
    '',
    `- branch \`${state.ref.branch}\`, returns ${state.returns}, runs ${state.runs.length}`,
    state.pullRequest
      ? `- pull request [#${state.pullRequest.number}](${state.pullRequest.url})`
      : null,
    state.seal ? `- sealed \`${state.seal.sha}\`` : null,
    state.build ? `- build \`${state.build.digest}\`` : null,
    state.landed ? `- landed \`${state.landed.sha}\`` : null,
  ];
  return lines.filter((line) => line !== null).join('\n');
}
