import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { parseArgs } from 'node:util';
import express from 'express';
import type { ErrorRequestHandler, Express } from 'express';
import { z } from 'zod';
import { controlRoutes } from './control-routes.ts';
import type { Controls } from './control-routes.ts';

const SHUTDOWN_LIMIT_MS = 3000;

/** Where a program keeps its data and how it is reached; `url()` is known once it listens, and throws before. */
export interface Surroundings {
  readonly dataDir: string;
  readonly url: () => string;
}

/** A stand-in as its own code sees it: what to steer, what to mount after the faults, what to end. */
export interface Program extends Controls {
  readonly mount: (app: Express) => void;
  /** Called once it listens, before the seed: the place to take up what an earlier process left. */
  readonly start?: () => void | Promise<void>;
  readonly close: () => void | Promise<void>;
}

/** A stand-in's name (also its section in the seed file), default port and factory. */
export interface ProgramDescription {
  readonly name: string;
  readonly defaultPort: number;
  readonly create: (surroundings: Surroundings) => Program | Promise<Program>;
}

/** Runs a stand-in until SIGTERM, SIGINT or (with --exit-with-parent) the end of stdin; prints `{name, url}` when it listens. Exits 2 on a taken port or bad arguments. */
export async function serveProgram({
  name,
  defaultPort,
  create,
}: ProgramDescription): Promise<void> {
  const options = readOptions(name, defaultPort);
  let url: string | null = null;
  const program = await create({
    dataDir: options.data,
    url: () => {
      if (url === null) throw new Error(`${name} does not listen yet`);
      return url;
    },
  });
  const server = createServer(createApp(program));
  const end = endOnce(server, program);
  process.on('SIGTERM', end).on('SIGINT', end);
  if (options.exitWithParent) process.stdin.on('end', end).on('error', end).resume();
  try {
    const { port } = await listen(server, options);
    url = `http://${options.host}:${port}`;
  } catch (error) {
    await program.close();
    fail(describeListenError(name, options, error));
  }
  await program.start?.();
  if (options.seed !== undefined) await program.seed(readSeed(options.seed, name));
  process.stdout.write(`${JSON.stringify({ name, url })}\n`);
}

interface Options {
  host: string;
  port: number;
  data: string;
  seed: string | undefined;
  exitWithParent: boolean;
}

function readOptions(name: string, defaultPort: number): Options {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: String(defaultPort) },
        host: { type: 'string', default: '127.0.0.1' },
        data: { type: 'string' },
        seed: { type: 'string' },
        'exit-with-parent': { type: 'boolean', default: false },
      },
    });
    const { host, data, seed } = values;
    if (data === undefined) throw new Error('--data DIR is missing');
    const port = z.coerce.number().int().min(0).max(65_535).parse(values.port);
    return { host, port, data, seed, exitWithParent: values['exit-with-parent'] };
  } catch (error) {
    fail(`${name}: ${error instanceof z.ZodError ? '--port is not a port number' : String(error)}`);
  }
}

function createApp(program: Program): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/_sandbox', controlRoutes(program));
  app.use(program.faults.middleware());
  program.mount(app);
  app.use(answerError);
  return app;
}

// Express knows an error handler by its four parameters.
// eslint-disable-next-line max-params
const answerError: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  if (error instanceof z.ZodError) {
    response.status(400).json({ error: z.prettifyError(error) });
    return;
  }
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  if (status >= 500) console.error(request.method, request.originalUrl, error);
  response.status(status).json({ error: error instanceof Error ? error.message : String(error) });
};

async function listen(server: Server, { host, port }: Options): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return server.address() as AddressInfo;
}

function describeListenError(name: string, { host, port }: Options, error: unknown): string {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return taken
    ? `${name}: port ${port} on ${host} is already taken; choose another port`
    : `${name}: cannot listen on ${host}:${port}: ${String(error)}`;
}

function readSeed(path: string, name: string): unknown {
  const sections = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));
  return sections[name] ?? {};
}

function endOnce(server: Server, program: Program): () => void {
  let ending = false;
  return () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
    server.close();
    server.closeAllConnections();
    program.deliveries?.close();
    void Promise.resolve(program.close()).then(() => process.exit(0));
  };
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
