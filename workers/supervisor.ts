import { text } from 'node:stream/consumers';
import { writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { RunDirectory } from '../activities/runs/run-directory.ts';
import { GRACE } from '../activities/runs/supervise/end-command.ts';
import type { Launch } from '../activities/runs/supervise/launch.ts';
import { supervise } from '../activities/runs/supervise/supervise.ts';

/*
 * Holds one launch of a run: `supervisor <run directory>`, started by the runner under flock(1) twice, whose locks come as
 * descriptors 3 (the run) and 4 (the tree). The launch comes on standard input as JSON, one line of JSON on standard output
 * says what came of it. Outlives whoever started it. SIGTERM ends the command; stop.json says whether the run with it.
 */

const STDOUT = 1;

const [path = ''] = process.argv.slice(2);
const told = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    told.abort();
  });
}
// A terminal that goes away is no reason to end.
process.on('SIGHUP', () => undefined);

await supervise({
  directory: new RunDirectory(dirname(path), basename(path)),
  launch: JSON.parse(await text(process.stdin)) as Launch,
  grace: GRACE,
  told: told.signal,
  answer: (answer) => {
    try {
      writeSync(STDOUT, `${JSON.stringify(answer)}\n`);
    } catch {
      // Whoever asked is gone; the next attempt finds the record.
    }
  },
});
process.exit();
