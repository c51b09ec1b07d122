import { relative, resolve } from 'node:path';
import { createNarrator, linksOf } from '../demo/progress.ts';
import { holdFolder } from '../dev/hold-folder.ts';
import { chooseDevPorts, devUrls } from '../dev/ports.ts';
import { startStack } from '../dev/stack.ts';
import { untilInterrupted } from '../dev/until-interrupted.ts';

/** Options of `orch dev`. */
export interface DevOptions {
  port: readonly string[];
  data: string;
  paceMs: number;
}

/** Starts everything on the sandbox and stays up for a person to play with; its state is kept. Answers the exit code. */
export async function dev(options: DevOptions): Promise<number> {
  const narrator = createNarrator(process.stdout);
  const { paceMs } = options;
  const dataDir = resolve(options.data);
  const ports = await chooseDevPorts(options.port);
  return holdFolder(dataDir, () =>
    untilInterrupted(async (signal) => {
      const stack = await startStack({
        dataDir,
        ports,
        profile: 'test',
        paceMs,
        say: narrator.say,
      });
      try {
        const links = linksOf(devUrls(ports), []);
        narrator.heading('Up. On the board: create an item, move it to To Analyse.');
        for (const [name, url] of Object.entries(links)) narrator.say(`${name.padEnd(10)} ${url}`);
        narrator.say(`tasks      npm run orch -- --env ${relative('.', stack.envFile)} task list`);
        narrator.say('Ctrl-C ends everything');
        await new Promise<void>((leave) => {
          signal.addEventListener('abort', () => {
            leave();
          });
        });
        return 0;
      } finally {
        narrator.say('ending everything');
        await stack.stop();
      }
    }),
  );
}
