import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createApp } from './src/app.js';

/** What the build wrote; a checkout that was never built calls itself `development`. */
async function readRevision() {
  try {
    const version = await readFile(new URL('version.json', import.meta.url), 'utf8');
    return JSON.parse(version).revision;
  } catch (error) {
    if (error.code === 'ENOENT') return 'development';
    throw error;
  }
}

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT || 8080);
const server = createServer(await createApp({ revision: await readRevision() }));

server.on('error', (error) => {
  console.error(`notes cannot listen on ${host}:${port}: ${error.message}`);
  process.exit(2);
});
server.listen(port, host, () => {
  console.log(`notes listens on http://${host}:${server.address().port}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections?.();
    setTimeout(() => process.exit(0), 1000).unref();
  });
}
