/** A full git object name, 40 lower-case hex characters. */
export type Sha = string & { readonly brand: 'Sha' };
/** Work item id `<PREFIX>-<sequence>`, as in `NOTE-12`. */
export type TaskId = string & { readonly brand: 'TaskId' };
/** Forge repository `owner/name`. */
export type RepoSlug = string & { readonly brand: 'RepoSlug' };
/** One start-to-end of an item: `<firstExecutionRunId>.<generation>`. Equal across continue-as-new and reset. */
export type Life = string & { readonly brand: 'Life' };

/** Marks a value checked at an edge as a Sha; throws on anything but 40 hex characters. */
export function toSha(value: string): Sha {
  if (!/^[0-9a-f]{40}$/.test(value))
    throw new Error(`not a git object name: ${value.slice(0, 60)}`);
  return value as Sha;
}

/** Marks a value as a TaskId; throws when it is not `<PREFIX>-<number>`. Source: ET-006. */
export function toTaskId(value: string): TaskId {
  if (!/^[A-Z][A-Z0-9]{0,11}-[1-9][0-9]{0,8}$/.test(value)) {
    throw new Error(`not a work item id like NOTE-12: ${value.slice(0, 60)}`);
  }
  return value as TaskId;
}

/** Marks a value as a RepoSlug; throws when it is not `owner/name` of plain characters. */
export function toRepoSlug(value: string): RepoSlug {
  if (!/^[A-Za-z0-9][\w.-]{0,99}\/[A-Za-z0-9][\w.-]{0,99}$/.test(value)) {
    throw new Error(`not a repository like acme/notes: ${value.slice(0, 100)}`);
  }
  return value as RepoSlug;
}

/** The life of generation `generation` of the workflow chain that began with `firstRunId`. */
export function lifeOf(firstRunId: string, generation: number): Life {
  return `${firstRunId}.${generation}` as Life;
}

/** Branch of a task's life: `feature/<ID>-<slug of at most 30>`, with `-g2`, `-g3` after a STOP. */
export function branchOf(id: TaskId, title: string, generation: number): string {
  const slug = title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30)
    .replace(/-+$/, '');
  const stem = slug === '' ? `feature/${id}` : `feature/${id}-${slug}`;
  return generation > 1 ? `${stem}-g${generation}` : stem;
}

/** Where a task's documents live in its repository. */
export function documentsOf(id: TaskId): string {
  return `docs/work-items/${id}`;
}
