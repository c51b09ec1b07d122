import type { Sha, TaskId } from '../../workflows/domain/ids.ts';
import { documentsOf } from '../../workflows/domain/ids.ts';
import type { Repository } from './repository.ts';

/** Identity of a change that has no code in it. */
const NO_CODE = 'no-code';

/** What base..head changes, without the task's documents and the changelog, whatever it is based on. White space counts. */
export async function readCodeIdentity(
  repository: Repository,
  range: { baseSha: Sha; head: Sha; id: TaskId },
): Promise<string> {
  const { baseSha, head, id } = range;
  const paths = ['.', `:(exclude)${documentsOf(id)}`, ':(exclude)CHANGELOG.md'];
  const plain = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--full-index'];
  const diff = await repository.run(['diff', ...plain, baseSha, head, '--', ...paths]);
  const identity = await repository.line(['patch-id', '--verbatim'], { input: diff.stdout });
  return identity.split(' ')[0] || NO_CODE;
}
