import { z } from 'zod';
import { openLedger } from '../../activities/ledger/ledger.ts';
import type { Stack } from '../../workers/dev/stack.ts';
import type { PlayedTask } from '../../workers/demo/play-task.ts';

const Comments = z.object({
  results: z.array(z.object({ comment_html: z.string(), external_id: z.string().nullable() })),
});
const Pulls = z.array(
  z.object({ number: z.number(), merged: z.boolean(), head: z.object({ ref: z.string() }) }),
);
const Notes = z.array(z.object({ body: z.string() }));
const Chats = z.object({
  messages: z.array(
    z.object({
      messageId: z.number(),
      deletedAtMs: z.number().nullable(),
      versions: z.array(z.object({ text: z.string() })),
    }),
  ),
});

/** Everything outside that must be there once, counted. */
export interface Traces {
  /** comments of the board item that say the same as another one under another key, or twice under one */
  doubledComments: readonly string[];
  pulls: number;
  doubledEvidence: number;
  cards: number;
  doubledMessages: readonly string[];
  transitions: number;
}

/** Reads what a task left on board, forge, chat and in the ledger. */
export async function examine(stack: Stack, task: PlayedTask): Promise<Traces> {
  const { ports, secrets } = stack;
  const forge = `http://127.0.0.1:${ports.forge}/api/v1/repos/acme/notes`;
  const asAnna = { Authorization: `token ${secrets.forgeAnna}` };
  const comments = Comments.parse(
    await readJson(
      `http://127.0.0.1:${ports.board}/api/v1/workspaces/acme/projects/${stack.boardProjectId}` +
        `/work-items/${task.itemId}/comments/?per_page=100`,
      { 'X-API-Key': secrets.anna },
    ),
  ).results;
  const pulls = Pulls.parse(await readJson(`${forge}/pulls?state=all&limit=50`, asAnna)).filter(
    ({ head }) => head.ref === task.view.ref.branch,
  );
  const notes = pulls[0]
    ? Notes.parse(await readJson(`${forge}/issues/${pulls[0].number}/comments?limit=50`, asAnna))
    : [];
  const messages = Chats.parse(
    await readJson(`http://127.0.0.1:${ports.chat}/_sandbox/state`, {}),
  ).messages.filter(
    ({ deletedAtMs, versions }) =>
      deletedAtMs === null && versions.some(({ text }) => mentions(text, task.id)),
  );
  const edited = messages.filter(({ versions }) => versions.length > 1);
  return {
    doubledComments: doubles(comments.map(({ external_id: id }) => id ?? '')),
    pulls: pulls.length,
    doubledEvidence: doubles(notes.map(({ body }) => body.split('\n', 1)[0] ?? '')).length,
    cards: edited.length,
    doubledMessages: doubles(messages.map(({ versions }) => versions.at(-1)?.text ?? '')),
    transitions: await countTransitions(stack, task),
  };
}

const mentions = (text: string, id: string): boolean => new RegExp(`\\b${id}\\b`).test(text);

const doubles = (values: readonly string[]): string[] =>
  values.filter((value, index) => values.indexOf(value) !== index);

async function countTransitions(stack: Stack, task: PlayedTask): Promise<number> {
  const ledger = openLedger({
    url: String(stack.env['ORCH_LEDGER_URL']),
    maxConnections: 1,
    onBrokenConnection: () => undefined,
  });
  try {
    return (await ledger.readHistory(task.view.ref.life)).transitions.length;
  } finally {
    await ledger.close();
  }
}

async function readJson(url: string, headers: Record<string, string>): Promise<unknown> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}
