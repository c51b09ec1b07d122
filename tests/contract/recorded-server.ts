import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A server that gives every request the same recorded answer of a real one, and remembers what it was asked. */
export interface RecordedServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: { line: string; body: unknown }[];
}

/** Replays one file below recorded/, as in `gitea/rest/31-merge-diverged-500.json`. */
export async function replayRecorded(file: string): Promise<RecordedServer> {
  const recorded = JSON.parse(
    readFileSync(join(import.meta.dirname, 'recorded', file), 'utf8'),
  ) as { status: number; headers?: Record<string, string>; body: unknown };
  const asked: RecordedServer['asked'] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const body: unknown = text === '' ? null : JSON.parse(text);
      asked.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, body });
      const kept = Object.entries(recorded.headers ?? {}).filter(
        ([name]) => name.toLowerCase() !== 'content-length',
      );
      response.writeHead(recorded.status, Object.fromEntries(kept));
      response.end(recorded.body === null ? '' : JSON.stringify(recorded.body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
