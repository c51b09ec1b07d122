import { expect, it } from 'vitest';
import { EXIT } from '../../../../workers/cli-problem.ts';
import { taskLogs } from '../../../../workers/commands/task-logs.ts';

it.each([
  '../../../etc',
  'run-a',
  '0123456789ABCDEF0123',
  '0123456789abcdef01234',
  '',
  '\u001B[2J',
])('refuses what is no id of a run before anybody is asked: %j', async (run) => {
  const refusal = expect.stringMatching(
    /^"\P{Cc}*" is not a run id: that is 20 characters of 0-9 and a-f; "orch task show NOTE-1" lists its runs$/u,
  ) as string;
  await expect(taskLogs('note-1', { run })).rejects.toMatchObject({
    name: 'CliProblem',
    exitCode: EXIT.usage,
    message: refusal,
  });
});
