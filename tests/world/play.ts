import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { expect, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { ScriptedSettings } from '../../workers/dev/environment.ts';
import { openBoardPerson } from '../../workers/demo/person.ts';
import type { BoardPerson, Wish } from '../../workers/demo/person.ts';
import { stop, taskWorkflowId, view } from '../../workflows/contract.ts';
import { toTaskId } from '../../workflows/domain/ids.ts';
import type { TaskId } from '../../workflows/domain/ids.ts';
import type { TaskView } from '../../workflows/domain/task-state.ts';
import { startTestStack } from './test-stack.ts';
import type { TestStack } from './test-stack.ts';

const PATIENCE = { timeout: 90_000, interval: 150 };

/** A program of the sandbox. */
type StandIn = 'board' | 'forge' | 'chat';

/** An item somebody made, and the task it becomes. */
export interface Asked {
  id: TaskId;
  itemId: string;
}

const BoardState = z.object({
  users: z.array(z.object({ id: z.string(), token: z.string() })),
  projects: z.array(z.object({ id: z.string(), identifier: z.string() })),
  items: z.array(z.object({ id: z.string(), state: z.string() })),
  states: z.array(z.object({ id: z.string(), name: z.string() })),
  comments: z.array(z.object({ issue: z.string(), actor: z.string(), comment_html: z.string() })),
  activities: z.array(z.object({ entry: z.object({ issue: z.string(), actor: z.string() }) })),
  deliveries: z.object({
    log: z.array(
      z.object({
        event: z.string(),
        outcome: z.string(),
        status: z.number().nullable(),
        headers: z.record(z.string(), z.string()),
        body: z.string(),
      }),
    ),
  }),
});
const ProjectEntry = z.looseObject({ policy: z.looseObject({}) });
type ProjectEntry = z.infer<typeof ProjectEntry>;
const Registry = z.object({ projects: z.object({ notes: ProjectEntry }) });
const ForgeState = z.object({
  repos: z.array(z.object({ refs: z.record(z.string(), z.string()) })),
  pulls: z.array(z.object({ headRef: z.string() })),
});
const ChatState = z.object({
  messages: z.array(z.object({ versions: z.array(z.object({ text: z.string() })) })),
});

/** A whole system with anna at its board: what a test may do to it, and what it can see from outside. */
export class Play implements AsyncDisposable {
  readonly stack: TestStack;
  readonly client: Client;
  readonly anna: BoardPerson;

  private constructor(about: { stack: TestStack; client: Client; anna: BoardPerson }) {
    this.stack = about.stack;
    this.client = about.client;
    this.anna = about.anna;
  }

  /** Starts the system; takes some seconds. */
  static async start(scripted: ScriptedSettings = {}): Promise<Play> {
    const stack = await startTestStack(scripted);
    const anna = await openBoardPerson({
      url: `http://127.0.0.1:${stack.ports.board}`,
      token: stack.secrets.anna,
      workspace: 'acme',
      projectId: stack.boardProjectId,
    });
    const connection = await Connection.connect({ address: `127.0.0.1:${stack.ports.temporal}` });
    return new Play({ stack, client: new Client({ connection }), anna });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.connection.close();
    await this.stack[Symbol.asyncDispose]();
  }

  /** anna makes an item; nothing starts. `scenario` is what the scripted agent plays. */
  async ask(about: Partial<Wish> & { title: string; scenario?: string }): Promise<Asked> {
    const { title, description = 'A page of its own.', labels = [], scenario } = about;
    const line = scenario === undefined ? '' : `</p><p>Scenario: ${scenario}`;
    const { itemId, sequence } = await this.anna.create({
      title,
      description: description + line,
      labels,
    });
    return { id: toTaskId(`NOTE-${sequence}`), itemId };
  }

  /** anna makes an item and says To Analyse. */
  async begin(about: Partial<Wish> & { title: string; scenario?: string }): Promise<Asked> {
    const asked = await this.ask(about);
    await this.anna.move(asked.itemId, 'To Analyse');
    return asked;
  }

  /** anna says it once the board asks for it there. */
  async says(task: Asked, gesture: string, whenIn: string): Promise<void> {
    await this.untilBoardShows(task, whenIn);
    await this.anna.move(task.itemId, gesture);
  }

  /** anna does her part until the task is done. */
  async finish(task: Asked): Promise<TaskView> {
    await this.untilLooks(task, { wait: { on: 'approval' } });
    await this.says(task, 'Approved', 'In Review');
    await this.untilLooks(task, { wait: { on: 'confirmation' } });
    await this.says(task, 'Confirm Deploy', 'Awaiting Deploy');
    const done = await this.untilLooks(task, { stage: 'done' });
    await this.untilBoardShows(task, 'Done');
    return done;
  }

  /** Stops the task, so that the next one has the lane. */
  async stop({ id }: Asked): Promise<void> {
    const handle = this.client.workflow.getHandle(taskWorkflowId(id));
    await handle.executeUpdate(stop, { args: [{ by: 'cli' }] });
    await handle.result();
  }

  /** The task as its workflow tells it; throws when there is no workflow. */
  view({ id }: Asked): Promise<TaskView> {
    return this.client.workflow.getHandle(taskWorkflowId(id)).query(view);
  }

  /** Waits until the task looks like this. */
  untilLooks(task: Asked, like: object): Promise<TaskView> {
    return this.until(async () => {
      const seen = await this.view(task);
      expect(seen).toMatchObject(like);
      return seen;
    });
  }

  /** Waits until the board shows this status on the item. */
  untilBoardShows({ itemId }: Asked, status: string): Promise<void> {
    return this.until(async () => {
      expect(await this.shown(itemId)).toBe(status);
    });
  }

  /** Waits until the item has a comment with this text, and answers how many it has. */
  untilSaid(task: Asked, text: string): Promise<number> {
    return this.until(async () => {
      const count = await this.countComments(task, text);
      expect(count, `comments with "${text}"`).toBeGreaterThan(0);
      return count;
    });
  }

  /** Waits until `look` no longer throws; then what it answered. */
  until<T>(look: () => Promise<T>): Promise<T> {
    return vi.waitFor(look, PATIENCE);
  }

  /** Comments of the item, oldest first, without tags. */
  async comments({ itemId }: Asked): Promise<readonly string[]> {
    const { comments } = await this.board();
    return comments
      .filter(({ issue }) => issue === itemId)
      .map(({ comment_html: html }) => html.replaceAll(/<[^>]*>/g, ''));
  }

  /** How many comments of the item hold the text. */
  async countComments(task: Asked, text: string): Promise<number> {
    return (await this.comments(task)).filter((comment) => comment.includes(text)).length;
  }

  /** Everything the board knows, deliveries included. */
  async board(): Promise<z.infer<typeof BoardState>> {
    return BoardState.parse(await this.control('board', 'state'));
  }

  /** Every ref of the forge, and the branch of every pull request ever made. */
  async forge(): Promise<{ refs: readonly string[]; pulls: readonly string[] }> {
    const { repos, pulls } = ForgeState.parse(await this.control('forge', 'state'));
    return {
      refs: repos.flatMap(({ refs }) => Object.keys(refs)),
      pulls: pulls.map(({ headRef }) => headRef),
    };
  }

  /** Every text the chat was ever sent. */
  async chatTexts(): Promise<readonly string[]> {
    const { messages } = ChatState.parse(await this.control('chat', 'state'));
    return messages.flatMap(({ versions }) => versions.map(({ text }) => text));
  }

  /** A control route of a stand-in, posted to when there is a body; throws unless it answers 2xx. */
  async control(name: StandIn, path: string, body?: object): Promise<unknown> {
    const url = `${this.urlOf(name)}/_sandbox/${path}`;
    const answer = await this.call(body === undefined ? 'GET' : 'POST', url, { body });
    if (answer.status > 299) throw new Error(`${path} answered ${answer.status}`);
    return answer.body;
  }

  /** The board's own API below the project, as whoever holds the token. */
  callBoard(
    token: string,
    method: string,
    about: { path: string; body?: object },
  ): Promise<{ status: number; body: unknown }> {
    const project = `workspaces/acme/projects/${this.stack.boardProjectId}`;
    const url = `${this.urlOf('board')}/api/v1/${project}/${about.path}`;
    return this.call(method, url, { body: about.body, headers: { 'X-API-Key': token } });
  }

  /** Changes the project's entry in the registry; every process of the system reads it anew. */
  async configure(change: (notes: ProjectEntry) => object): Promise<void> {
    const file = join(this.stack.dataDir, 'projects.yaml');
    const { projects } = Registry.parse(parse(await readFile(file, 'utf8')));
    const changed = stringify({ projects: { notes: change(projects.notes) } });
    await writeFile(`${file}.tmp`, changed);
    await rename(`${file}.tmp`, file);
  }

  /** What the task file of a run said. */
  taskFile(runId: string): Promise<string> {
    return readFile(join(this.stack.dataDir, 'runs', runId, 'task.md'), 'utf8');
  }

  /** One HTTP call; null stands for a body that is not JSON. */
  async call(
    method: string,
    url: string,
    about: { body?: object | string | undefined; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; body: unknown; text: string }> {
    const { body, headers } = about;
    const answer = await fetch(url, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    return { status: answer.status, body: parseOrNull(text), text };
  }

  /** Root of a stand-in. */
  urlOf(name: StandIn): string {
    return `http://127.0.0.1:${this.stack.ports[name]}`;
  }

  private async shown(itemId: string): Promise<string | undefined> {
    const { items, states } = await this.board();
    const item = items.find(({ id }) => id === itemId);
    return states.find(({ id }) => id === item?.state)?.name;
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
