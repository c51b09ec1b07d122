import { z } from 'zod';

/** One tool an agent called; `id` null = its stream names none. */
export interface ToolCall {
  id: string | null;
  name: string;
  /** one line, what it was called with */
  about: string;
}

const LONGEST = 160;
const word = z.string().nullable().catch(null);

/** Fields that say most about a call, the best first. */
const TELLING = ['command', 'file_path', 'notebook_path', 'path', 'pattern', 'url', 'query'];

const Use = z.object({
  type: z.literal('tool_use'),
  id: word,
  name: z.string(),
  input: z.record(z.string(), z.unknown()).catch({}),
});
const Message = z.object({
  type: z.literal('assistant'),
  message: z.object({ content: z.array(z.unknown()) }),
});

const Command = z.object({ type: z.literal('command_execution'), id: word, command: z.string() });
const Change = z.object({
  type: z.literal('file_change'),
  id: word,
  changes: z.array(z.object({ path: z.string(), kind: z.string().catch('update') })),
});
const Remote = z.object({
  type: z.literal('mcp_tool_call'),
  id: word,
  server: z.string(),
  tool: z.string(),
});
const Search = z.object({ type: z.literal('web_search'), id: word, query: z.string() });
const Item = z.object({
  type: z.enum(['item.started', 'item.completed']),
  item: z.union([
    Command.transform(({ id, command }) => ({ id, name: 'shell', about: command })),
    Change.transform(({ id, changes }) => ({
      id,
      name: 'edit',
      about: changes.map(({ kind, path }) => `${kind} ${path}`).join(', '),
    })),
    Remote.transform(({ id, server, tool }) => ({ id, name: server, about: tool })),
    Search.transform(({ id, query }) => ({ id, name: 'web search', about: query })),
  ]),
});

/** The tool calls in one value of an agent's stream; every stream we know is tried, and an unknown value holds none. */
export function readToolCalls(value: unknown): readonly ToolCall[] {
  const item = Item.safeParse(value);
  if (item.success) return [{ ...item.data.item, about: shorten(item.data.item.about) }];
  const message = Message.safeParse(value);
  if (!message.success) return [];
  return message.data.message.content.flatMap((part) => {
    const use = Use.safeParse(part);
    if (!use.success) return [];
    const { id, name, input } = use.data;
    return [{ id, name, about: shorten(tellInput(input)) }];
  });
}

function tellInput(input: Readonly<Record<string, unknown>>): string {
  const field = TELLING.find((name) => typeof input[name] === 'string');
  if (field !== undefined) return String(input[field]);
  return Object.keys(input).length === 0 ? '' : JSON.stringify(input);
}

/** Where the tree and the run's own files are says nothing to a reader. */
const OUR_FOLDERS = /\/[^\s"']*\/(?:clones\/[^/\s"']+\/tree|runs\/[0-9a-f]{20})\//g;

function shorten(text: string): string {
  const plain = text.replaceAll(OUR_FOLDERS, '');
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}
