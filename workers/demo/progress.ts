import { styleText } from 'node:util';
import type { TaskView } from '../../workflows/domain/task-state.ts';
import type { DevPorts } from '../dev/ports.ts';
import type { PlayedTask } from './play-task.ts';
import type { Card } from './read-card.ts';
import type { Proof } from './proof.ts';

/** Prints lines with the time since the start; coloured in a terminal, plain in a pipe. */
export interface Narrator {
  say: (line: string) => void;
  heading: (line: string) => void;
  progress: (view: TaskView) => void;
  proof: (proof: Proof) => void;
}

/** A narrator writing to `stream`. */
export function createNarrator(stream: NodeJS.WriteStream): Narrator {
  const begun = Date.now();
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    styleText(format, text, { stream });
  const say = (line: string): void => {
    const seconds = ((Date.now() - begun) / 1000).toFixed(1).padStart(6);
    stream.write(`${style('dim', `${seconds}s`)}  ${line}\n`);
  };
  return {
    say,
    heading: (line) => stream.write(`\n${style('bold', line)}\n`),
    progress: (view) => {
      const wait = view.wait
        ? style('yellow', `waits for ${view.wait.on}: ${view.wait.detail}`)
        : '';
      const again = view.returns > 0 ? style('magenta', ` (returned ${view.returns}x)`) : '';
      say(`${view.ref.id} ${style('cyan', view.stage.padEnd(15))}${again} ${wait}`.trimEnd());
    },
    proof: ({ result, checks, card }) => {
      for (const { what, isTrue } of checks) {
        say(`  ${isTrue ? style('green', 'yes') : style('red', 'NO ')}  ${what}`);
      }
      const cost = result.costUsd === null ? 'unknown' : `$${result.costUsd.toFixed(2)}`;
      const stages = result.stages.map(({ stage, seconds }) => `${stage} ${seconds}s`).join(', ');
      say(`  ${result.seconds} s, cost ${cost}, ${result.returns} returns`);
      say(`  ${style('dim', stages)}`);
      for (const line of card?.text.split('\n') ?? []) say(`  ${style('dim', '│')} ${line}`);
    },
  };
}

/** Addresses a person can open to look at what happened. */
export function linksOf(
  at: Record<keyof DevPorts, string>,
  tasks: readonly { task: PlayedTask; card: Card | null }[],
): Record<string, string> {
  const links: Record<string, string> = {
    board: `${at.board}/acme/projects/NOTE/`,
    forge: `${at.forge}/acme/notes`,
    temporal: `${at['temporal-ui']}/namespaces/default/workflows`,
    cards: `${at.chat}/chats/-1001`,
    tasks: `${at.api}/`,
  };
  for (const { task, card } of tasks) {
    const { id, view } = task;
    links[`${id} item`] = `${at.board}/acme/browse/${id}/`;
    if (view.pullRequest) links[`${id} pull request`] = view.pullRequest.url;
    links[`${id} history`] =
      `${at['temporal-ui']}/namespaces/default/workflows/${encodeURIComponent(`task:${id}`)}`;
    if (card) links[`${id} card`] = card.url;
  }
  return links;
}
