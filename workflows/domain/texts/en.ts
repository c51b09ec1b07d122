import { sumUsage } from '../usage.ts';
import { formatSeconds } from './figures.ts';
import { linkTo, rich } from './html.ts';
import type { CommentTexts, LanguagePack, NoticeTexts } from './language-pack.ts';
import { factLine, fileList, paragraphs, usageLine } from './parts.ts';

const stages: LanguagePack['stages'] = {
  created: 'Created',
  analysis: 'Analysis',
  architecture: 'Architecture',
  development: 'Development',
  review: 'Review',
  testing: 'Testing',
  'deploy-staging': 'Staging',
  deploy: 'Deploy',
  monitoring: 'Monitoring',
  done: 'Done',
  cancelled: 'Cancelled',
  refused: 'Refused',
  none: 'None',
};

const card: LanguagePack['card'] = {
  working: 'Working',
  waiting: 'Waiting',
  escalated: 'Needs a person',
  done: 'Done',
  cancelled: 'Cancelled',
  refused: 'Not started: the entry check failed',
  waitingOn: 'Waiting for',
  since: 'since',
  attempt: 'attempt',
  returned: 'Returned to development',
  in: 'in',
  cached: 'cached',
  out: 'out',
  total: 'Total',
  wall: 'wall',
  agents: 'agents',
  yours: 'yours',
  pull: 'Pull request',
  item: 'Work item',
  history: 'History',
  staging: 'Staging',
  production: 'Production',
};

const comments: CommentTexts = {
  'entry-check-failed': ({ problems }) =>
    rich`<p><strong>The task cannot start yet.</strong></p><ul>${problems.map((problem) => rich`<li>${problem}</li>`)}</ul><p>Fix this and set <code>To Analyse</code> again.</p>`,
  'analyst-started': () => paragraphs(rich`The analyst has started.`),
  'approval-call': ({ documents }, links) =>
    rich`<p><strong>The package is ready for your decision.</strong></p>${fileList(documents, links)}<p>Set <code>Approved</code> to go on, or write a comment with what is wrong and set <code>Rejected</code>.</p>`,
  questions: ({ count }, links) =>
    paragraphs(
      rich`<strong>The analyst has questions (${count}).</strong> ${linkTo(links.item, 'Answer')} in a comment here, then set <code>To Analyse</code>.`,
    ),
  transition: ({ from, to, reason }) =>
    paragraphs(
      rich`${stages[from]} → <strong>${stages[to]}</strong>${reason === null ? '' : `: ${reason}`}`,
    ),
  returned: ({ from, to, reason, attempt, of, mustFix }, links) =>
    paragraphs(
      rich`<strong>Returned from ${stages[from]} to ${stages[to]}</strong> (${attempt} of ${of}): ${reason}`,
      ...(mustFix === null
        ? []
        : [linkTo(mustFix.url ?? links.document(mustFix.documentId), 'Full report')]),
    ),
  'role-finished': ({ run, documents }, links) =>
    rich`${paragraphs(
      rich`<strong>${stages[run.stage]}</strong> (${run.role}): ${run.end}, ${formatSeconds(run.seconds, 'en')}`,
      run.usage === null
        ? rich`No usage was reported.`
        : rich`${usageLine(sumUsage([run.usage]), 'en', card)} · ${factLine([run.usage.model, run.usage.effort])}`,
    )}${fileList(documents, links)}`,
  'confirm-call': ({ sealedSha, stagingUrl }, links) =>
    paragraphs(
      rich`<strong>Ready for production:</strong> ${linkTo(links.commit(sealedSha), sealedSha.slice(0, 10))}${stagingUrl === null ? '' : rich`, running on ${linkTo(stagingUrl, 'staging')}`}.`,
      rich`Set <code>Confirm Deploy</code> to deploy exactly this, or <code>STOP</code>.`,
    ),
  'gesture-ignored': ({ gesture, because }) =>
    paragraphs(rich`<code>${gesture}</code> was ignored: ${because}.`),
  'status-restored': ({ found, use }) =>
    paragraphs(
      rich`<code>${found}</code> is not a gesture, so the status was put back. Gesture to use now: <code>${use}</code>.`,
    ),
  automatic: ({ what, because }) =>
    paragraphs(
      rich`<strong>${what === 'approval' ? 'Approved' : 'Deploy confirmed'} automatically:</strong> ${because}.`,
    ),
  'stop-deferred': () =>
    paragraphs(
      rich`<code>STOP</code> is kept: production is being changed. If that ends well the task is done, if not it is cancelled after the rollback.`,
    ),
  'stop-too-late': () =>
    paragraphs(
      rich`<code>STOP</code> came too late: the work is in production and in main. Only the watch was ended; to take it back, make a new task.`,
    ),
  stopped: ({ sha }, links) =>
    paragraphs(
      rich`<strong>Stopped.</strong> ${sha === null ? 'There was no work to keep.' : rich`The work is kept as ${linkTo(links.commit(sha), sha.slice(0, 10))}.`}`,
      rich`Set <code>To Analyse</code> to start from scratch.`,
    ),
  held: ({ subject, reason }) => paragraphs(rich`<strong>On hold</strong> (${subject}): ${reason}`),
  escalated: ({ stage, reason }) =>
    paragraphs(
      rich`<strong>A person is needed.</strong> ${stages[stage]}: ${reason}`,
      rich`Set <code>To Analyse</code> to try this stage again with fresh budgets.`,
    ),
  summary: ({ landedSha, usage, seconds, humanSeconds, returns }, links) =>
    paragraphs(
      rich`<strong>Done.</strong>${landedSha === null ? '' : rich` In main as ${linkTo(links.commit(landedSha), landedSha.slice(0, 10))}.`}`,
      rich`${usageLine(sumUsage([usage]), 'en', card)}`,
      rich`${formatSeconds(seconds, 'en')} in all, ${formatSeconds(humanSeconds, 'en')} of it yours; returns: ${returns}.`,
    ),
};

const notices: NoticeTexts = {
  'approval-wanted': () =>
    rich`The package waits for your decision: set <code>Approved</code> or <code>Rejected</code>.`,
  'answers-wanted': ({ count }) =>
    rich`The analyst has questions (${count}): answer in comments, then set <code>To Analyse</code>.`,
  'confirmation-wanted': ({ sealedSha }) =>
    rich`Ready for production: <code>${sealedSha.slice(0, 10)}</code>. Set <code>Confirm Deploy</code>.`,
  returned: ({ from, reason }) => rich`Returned from ${stages[from]}: ${reason}`,
  automatic: ({ what }) =>
    rich`${what === 'approval' ? 'Approved' : 'Deploy confirmed'} automatically.`,
  held: ({ subject, reason }) => rich`On hold (${subject}): ${reason}`,
  escalated: ({ stage, reason }) => rich`A person is needed. ${stages[stage]}: ${reason}`,
  stopped: () => rich`Stopped. The work is kept.`,
  leaked: ({ role }) =>
    rich`A secret was found in what the ${role} left. Nothing of it was kept; see the log of the run.`,
  'deploy-failed': ({ status, reason }) => rich`Deploy failed (${status}): ${reason}`,
};

/** English. */
export const en: LanguagePack = {
  stages,
  waits: {
    approval: 'your approval',
    answers: 'your answers',
    confirmation: 'your deploy confirmation',
    revival: 'a person to revive it',
    lane: 'its turn in the repository',
    'staging-slot': 'the staging slot',
    'production-slot': 'the production slot',
    'agent-slot': 'an agent slot',
    'provider-limit': 'the limit of its model provider',
    'agent-retry': 'the next try of its agent',
    budget: 'money',
    host: 'its host',
    ci: 'CI',
    mergeable: 'the conflict check of the pull request',
    infra: 'infrastructure',
  },
  card,
  comments,
  notices,
};
