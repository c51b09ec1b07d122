import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const SAMPLE_MS = 25;

/** What was seen in the task trees while it watched. */
export interface TreeWatch {
  /** most agents seen in one tree at one moment */
  mostAgents: () => number;
  stop: () => Promise<void>;
}

/** Samples the processes of this host and counts agents by the tree they stand in. `marker` tells an agent's command line. */
export function watchTrees(marker: string): TreeWatch {
  let most = 0;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const trees = await treesOfAgents(marker);
      for (const tree of new Set(trees)) {
        most = Math.max(most, trees.filter((other) => other === tree).length);
      }
      await pause(SAMPLE_MS);
    }
  })();
  return {
    mostAgents: () => most,
    stop: async () => {
      over.abort();
      await watching;
    },
  };
}

/** Working directory of every living process whose first arguments name the agent program. */
async function treesOfAgents(marker: string): Promise<string[]> {
  const trees: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const [, program] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
      if (program?.endsWith(marker)) trees.push(await readlink(`/proc/${pid}/cwd`));
    } catch {
      // It ended while it was looked at.
    }
  }
  return trees;
}
