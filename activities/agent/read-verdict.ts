import { posix } from 'node:path';
import type { ProduceInput } from '../../workflows/domain/activities.ts';
import { ADR_FOLDER, parseArchitecture } from '../../workflows/domain/artifacts/adr.ts';
import { parseQuestions, QUESTIONS_DOCUMENT } from '../../workflows/domain/artifacts/questions.ts';
import {
  mustFixOf,
  parseReview,
  REVIEW_DOCUMENT,
} from '../../workflows/domain/artifacts/review.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { documentsOf } from '../../workflows/domain/ids.ts';
import type { RoleVerdict } from '../../workflows/domain/verdicts.ts';
import { readCodeTree } from '../git/commits.ts';
import { readCodeIdentity } from '../git/code-identity.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { saveMustFix } from '../gates/must-fix.ts';
import { findMissing } from './read-questions.ts';

/** The commit a verdict is read from. */
interface Judged {
  call: HostCall;
  repository: Repository;
  input: ProduceInput;
  head: Sha;
}

/** Reads what the role decided from its own documents at `head`; anything missing or broken is `unusable`. */
export async function readVerdict(judged: Judged): Promise<RoleVerdict> {
  switch (judged.input.role) {
    case 'analyst':
      return readPackage(judged);
    case 'architect':
      return readArchitecture(judged);
    case 'developer':
      return readCode(judged);
    case 'reviewer':
      return readReview(judged);
    case 'tester':
    case 'deployer':
      return { kind: 'unusable', reason: `a run of the ${judged.input.role} has no verdict here` };
  }
}

const readDocument = ({ repository, head, input }: Judged, name: string) =>
  repository.readFile(head, `${documentsOf(input.task.id)}/${name}`);

/** Questions win over a package of the same run. Source: ORCH-120. */
async function readPackage(judged: Judged): Promise<RoleVerdict> {
  const asked = await readDocument(judged, QUESTIONS_DOCUMENT);
  const questions = parseQuestions(asked);
  if (questions.kind === 'read') return { kind: 'questions', count: questions.value.count };
  if (asked !== null) return { kind: 'unusable', reason: questions.reason };
  const { repository, input, head } = judged;
  const missing = await findMissing(repository, { task: input.task, workHead: head });
  return { kind: 'package', missing };
}

async function readArchitecture(judged: Judged): Promise<RoleVerdict> {
  const { repository, head, input } = judged;
  const records = new Map<string, string>();
  const paths = await repository.listFiles(head, `${documentsOf(input.task.id)}/${ADR_FOLDER}`);
  for (const path of paths) {
    records.set(posix.basename(path), (await repository.readFile(head, path)) ?? '');
  }
  const architecture = parseArchitecture(records, input.task.id);
  if (architecture.kind === 'unreadable') return { kind: 'unusable', reason: architecture.reason };
  if (architecture.value.status === 'READY') {
    return { kind: 'architecture', status: 'READY', mustFixRef: null };
  }
  const mustFixRef = await saveMustFix(judged.call, input, {
    name: 'adr-conflict.md',
    body: architecture.value.conflict,
  });
  return { kind: 'architecture', status: 'CONFLICT', mustFixRef };
}

async function readCode({ repository, input, head }: Judged): Promise<RoleVerdict> {
  const { id } = input.task;
  const before = await readCodeTree(repository, input.workHead, id);
  return { kind: 'code', changed: before !== (await readCodeTree(repository, head, id)) };
}

async function readReview(judged: Judged): Promise<RoleVerdict> {
  const { call, repository, input } = judged;
  const { id } = input.task;
  const review = parseReview(await readDocument(judged, REVIEW_DOCUMENT), id);
  if (review.kind === 'unreadable') {
    return { kind: 'unusable', reason: `${REVIEW_DOCUMENT}: ${review.reason}` };
  }
  const { verdict } = review.value;
  const mustFixRef =
    verdict === 'APPROVED'
      ? null
      : await saveMustFix(call, input, { name: REVIEW_DOCUMENT, body: mustFixOf(review.value) });
  const range = { baseSha: input.baseSha, head: input.workHead, id };
  const codeIdentity = await readCodeIdentity(repository, range);
  return { kind: 'review', verdict, codeIdentity, mustFixRef };
}
