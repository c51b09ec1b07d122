import { documentLink, fileLink, historyLink, itemLink } from '../links.ts';
import type { PublicAddresses } from '../links.ts';
import type { Project } from '../project.ts';
import type { TaskView } from '../task-state.ts';
import type { Links } from './language-pack.ts';

/** Every link a text about this task may hold. A service is linked once it runs what the task built. */
export function linksOf(about: {
  addresses: PublicAddresses;
  project: Project;
  view: TaskView;
  /** Temporal id of the task's workflow */
  workflowId: string;
  runId: string;
}): Links {
  const { addresses, project, view } = about;
  const { repo, id } = view.ref;
  const { workHead: commit } = view;
  const { staging, production } = project.policy;
  return {
    item: itemLink(addresses, project.board, id),
    pull: view.pullRequest?.url ?? null,
    history: historyLink(addresses, about.workflowId, about.runId),
    staging: view.stagingDigest === null ? null : (staging?.url ?? null),
    production: view.productionDigest === null ? null : (production?.url ?? null),
    file: (path) => (commit === null ? null : fileLink(addresses, { repo, commit, path })),
    commit: (sha) => `${addresses.forge}/${repo}/commit/${sha}`,
    document: (documentId) => documentLink(addresses, documentId),
  };
}

/** The links as a chat shows them: one that leads to the reader's own machine is left out. Source: product, Telegram. */
export function forChat(links: Links): Links {
  const keep = (url: string | null) => (url !== null && isLoopback(url) ? null : url);
  return {
    item: keep(links.item),
    pull: keep(links.pull),
    history: keep(links.history),
    staging: keep(links.staging),
    production: keep(links.production),
    file: (path) => keep(links.file(path)),
    commit: (sha) => keep(links.commit(sha)),
    document: (documentId) => keep(links.document(documentId)),
  };
}

function isLoopback(url: string): boolean {
  return /^https?:\/\/(localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0)(?=[:/]|$)/i.test(url);
}
