import type { ProduceInput } from '../../workflows/domain/activities.ts';
import {
  findMissingDocuments,
  PACKAGE_DOCUMENTS,
} from '../../workflows/domain/artifacts/package.ts';
import { parseQuestions, QUESTIONS_DOCUMENT } from '../../workflows/domain/artifacts/questions.ts';
import { documentsOf, toSha } from '../../workflows/domain/ids.ts';
import type { Repository } from '../git/repository.ts';

type Place = Pick<ProduceInput, 'task' | 'baseSha' | 'workHead'>;

/**
 * The questions a person has answered, as the next run is to hear them; null when there are none, or a full package has superseded
 * them. A run that did not count took the file away and left no package: then the newest ones of this life count. Source: ORCH-120.
 */
export async function readOpenQuestions(
  repository: Repository,
  place: Place,
): Promise<string | null> {
  const path = `${documentsOf(place.task.id)}/${QUESTIONS_DOCUMENT}`;
  const text =
    (await repository.readFile(place.workHead, path)) ??
    ((await isPackageComplete(repository, place)) ? null : await readLast(repository, place, path));
  const questions = parseQuestions(text);
  return questions.kind === 'read' ? questions.value.text : null;
}

async function isPackageComplete(repository: Repository, place: Place): Promise<boolean> {
  return (await findMissing(repository, place)).length === 0;
}

/** Names of the documents the package at `workHead` lacks. */
export async function findMissing(
  repository: Repository,
  { task, workHead }: Pick<Place, 'task' | 'workHead'>,
): Promise<readonly string[]> {
  const texts: Record<string, string | null> = {};
  for (const name of PACKAGE_DOCUMENTS) {
    texts[name] = await repository.readFile(workHead, `${documentsOf(task.id)}/${name}`);
  }
  return findMissingDocuments(texts, task.id);
}

async function readLast(
  repository: Repository,
  { baseSha, workHead }: Place,
  path: string,
): Promise<string | null> {
  const range = `${baseSha}..${workHead}`;
  const args = ['log', '-1', '--diff-filter=AM', '--format=%H', range, '--', path];
  const commit = await repository.line(args);
  return commit === '' ? null : repository.readFile(toSha(commit), path);
}
