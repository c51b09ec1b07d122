import { Client, Connection } from '@temporalio/client';
import { openBoardPerson } from '../../workers/demo/person.ts';
import { playTask } from '../../workers/demo/play-task.ts';
import type { PlayedTask } from '../../workers/demo/play-task.ts';
import type { Wish } from '../../workers/demo/person.ts';
import type { Stack } from '../../workers/dev/stack.ts';
import type { Kill } from './plan.ts';

/** Plays one task to its end while processes die as planned, each kill once, as soon as the stage is seen. */
export async function playWithKills(
  stack: Stack,
  about: { wish: Wish; kills: readonly Kill[]; say: (line: string) => void },
): Promise<{ task: PlayedTask; killed: number }> {
  const { wish, kills, say } = about;
  const person = await openBoardPerson({
    url: `http://127.0.0.1:${stack.ports.board}`,
    token: stack.secrets.anna,
    workspace: 'acme',
    projectId: stack.boardProjectId,
  });
  const connection = await Connection.connect({ address: `127.0.0.1:${stack.ports.temporal}` });
  const left = new Set(kills);
  let killed = 0;
  const strike = ({ victim, stage, delayMs }: Kill, id: string): void => {
    const pid = stack.child(victim).pid();
    process.kill(pid, 'SIGKILL');
    killed += 1;
    say(`${id} in ${stage}: kill -9 of ${victim} (${pid}) after ${delayMs} ms`);
  };
  try {
    const task = await playTask(
      {
        person,
        client: new Client({ connection }),
        prefix: 'NOTE',
        limitMs: 240_000,
        signal: new AbortController().signal,
        onProgress: (view) => {
          for (const kill of left) {
            if (kill.stage !== view.stage) continue;
            left.delete(kill);
            setTimeout(strike, kill.delayMs, kill, view.ref.id);
          }
        },
      },
      wish,
    );
    return { task, killed };
  } finally {
    await connection.close();
  }
}
