import { spawnSync } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { Kysely, PGliteDialect } from 'kysely';
import { migrateLedger } from '../activities/ledger/migrations.ts';
import type { LedgerTables } from '../activities/ledger/tables.ts';

/*
 * The embedded ledger: Postgres in this process behind a socket. One process per data directory, by a lock held for its life: two
 * would silently lose rows. Prints one JSON line {name, url} when it listens; exits 2 when its port or its directory is taken.
 */

const MAX_CONNECTIONS = 32;
/** A client that stops inside a transaction blocks all others: it is cut off after this long without a word. */
const IDLE_LIMIT_MS = 5000;
const SHUTDOWN_LIMIT_MS = 5000;

const options = readOptions();
mkdirSync(options.data, { recursive: true });
lockDirectory(options.data);
await refuseTakenPort(options);

const db = await PGlite.create(join(options.data, 'pglite'));
await migrateLedger(new Kysely<LedgerTables>({ dialect: new PGliteDialect({ pglite: db }) }));
const server = new PGLiteSocketServer({
  db,
  host: options.host,
  port: options.port,
  maxConnections: MAX_CONNECTIONS,
  idleTimeout: IDLE_LIMIT_MS,
});
endWithGrace();
await server.start().catch((error: unknown) => fail(String(error)));
const url = `postgres://postgres:postgres@${server.getServerConn()}/postgres`;
process.stdout.write(`${JSON.stringify({ name: 'ledger', url })}\n`);

interface Options {
  data: string;
  host: string;
  port: number;
  exitWithParent: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '5433' },
      'exit-with-parent': { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (values.data === undefined) fail('--data DIR is missing');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) fail('--port is not a port number');
  return { data: values.data, host: values.host, port, exitWithParent: values['exit-with-parent'] };
}

/** flock(1) locks the open file it inherits from us; the lock lives as long as our descriptor, which dies with this process. */
function lockDirectory(data: string): void {
  const descriptor = openSync(join(data, 'lock'), 'a');
  const { status, error } = spawnSync('flock', ['--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', descriptor],
  });
  if (error !== undefined) fail(`flock (util-linux) is needed: ${error.message}`);
  if (status !== 0) fail(`another process has the ledger in ${data} open; stop it first`);
}

/** Asked before the database is opened, so that a taken port costs nothing; the socket server's own error still counts. */
async function refuseTakenPort({ host, port }: Options): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject).listen(port, host, resolve);
    });
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const why = taken
      ? 'is already taken; choose another port'
      : `cannot be used: ${String(error)}`;
    fail(`port ${port} on ${host} ${why}`);
  }
  await new Promise((resolve) => probe.close(resolve));
}

function endWithGrace(): void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
    void server
      .stop()
      .then(() => db.close())
      .finally(() => process.exit(0));
  };
  process.on('SIGTERM', end).on('SIGINT', end);
  if (options.exitWithParent) process.stdin.on('end', end).on('error', end).resume();
}

function fail(sentence: string): never {
  process.stderr.write(`ledger: ${sentence}\n`);
  process.exit(2);
}
