import type { Project } from '../workflows/domain/project.ts';

/** Problems between and inside projects that no single value shows. Source: ET-006, 2026-06-02, ORCH-010. */
export function findClashes(projects: readonly Project[]): string[] {
  return [
    ...repeated(projects, 'prefix', (project) => [project.prefix]),
    ...repeated(projects, 'repo', (project) => [project.repo.toLowerCase()]),
    ...repeated(projects, 'board project', (project) => [project.board.projectId]),
    ...repeated(projects, 'target', (project) => Object.keys(project.targets)),
    ...repeated(projects, 'target port', (project) =>
      Object.values(project.targets).map((target) => String(target.port)),
    ),
    ...projects.flatMap(findUnknownTargets),
    ...projects.flatMap(findAmbiguousAliases),
  ];
}

function repeated(
  projects: readonly Project[],
  what: string,
  read: (project: Project) => readonly string[],
): string[] {
  const owners = new Map<string, string[]>();
  for (const project of projects) {
    for (const value of read(project)) {
      owners.set(value, [...(owners.get(value) ?? []), project.key]);
    }
  }
  return [...owners]
    .filter(([, keys]) => keys.length > 1)
    .map(([value, keys]) => `${what} ${value} is used twice: by ${keys.join(' and ')}`);
}

function findUnknownTargets(project: Project): string[] {
  const { staging, production } = project.policy;
  const problems = Object.entries({ staging, production })
    .filter(([, policy]) => policy !== null && !Object.hasOwn(project.targets, policy.target))
    .map(
      ([name, policy]) =>
        `${project.key}: policy.${name}.target ${policy?.target ?? ''} is not under targets`,
    );
  if (staging !== null && staging.target === production?.target) {
    problems.push(`${project.key}: staging and production are the same target ${staging.target}`);
  }
  return problems;
}

/** A status name that stands for two of ours would make a gesture ambiguous. */
function findAmbiguousAliases(project: Project): string[] {
  const meanings = new Map<string, Set<string>>();
  for (const [ours, aliases] of Object.entries(project.statusAliases)) {
    for (const name of [ours, ...aliases]) {
      const key = name.toLowerCase();
      meanings.set(key, (meanings.get(key) ?? new Set()).add(ours));
    }
  }
  return [...meanings]
    .filter(([, ours]) => ours.size > 1)
    .map(([name, ours]) => `${project.key}: status "${name}" means ${[...ours].join(' and ')}`);
}
