import { z } from 'zod';

const Item = z.object({ id: z.string(), sequence_id: z.number(), state: z.string() });
const State = z.object({ id: z.string(), name: z.string() });
const Label = z.object({ id: z.string(), name: z.string() });
const page = <T extends z.ZodType>(entry: T) => z.object({ results: z.array(entry) });

/** What a person asks for on the board. */
export interface Wish {
  title: string;
  description: string;
  labels: readonly string[];
}

/** A person at the board, acting through the board's own API with their own key. */
export interface BoardPerson {
  /** Creates an item; answers with its uuid and number. */
  create: (wish: Wish) => Promise<{ itemId: string; sequence: number }>;
  /** Moves an item to the state of that name. */
  move: (itemId: string, state: string) => Promise<void>;
  /** Name of the state an item is in. */
  stateOf: (itemId: string) => Promise<string>;
}

/** Lets somebody act on one project of the board. Throws HttpStatusError when the board refuses. */
export async function openBoardPerson(about: {
  url: string;
  token: string;
  workspace: string;
  projectId: string;
}): Promise<BoardPerson> {
  const base = `${about.url}/api/v1/workspaces/${about.workspace}/projects/${about.projectId}`;
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${base}/${path}`, {
      method,
      headers: { 'X-API-Key': about.token, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the board answered ${answer.status} to ${path}: ${text}`);
    return JSON.parse(text);
  };
  const states = page(State).parse(await call('GET', 'states/?per_page=100')).results;
  const labels = page(Label).parse(await call('GET', 'labels/?per_page=100')).results;
  const find = <T extends { name: string }>(among: readonly T[], name: string): T => {
    const found = among.find((entry) => entry.name === name);
    if (!found) throw new Error(`the board has no ${name}`);
    return found;
  };
  return {
    create: async ({ title, description, labels: wanted }) => {
      const item = Item.parse(
        await call('POST', 'work-items/', {
          name: title,
          description_html: `<p>${description}</p>`,
          labels: wanted.map((name) => find(labels, name).id),
        }),
      );
      return { itemId: item.id, sequence: item.sequence_id };
    },
    move: async (itemId, state) => {
      await call('PATCH', `work-items/${itemId}/`, { state: find(states, state).id });
    },
    stateOf: async (itemId) => {
      const item = Item.parse(await call('GET', `work-items/${itemId}/`));
      return states.find(({ id }) => id === item.state)?.name ?? item.state;
    },
  };
}
