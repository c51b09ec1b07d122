import { createServer } from 'node:http';
import { createApp } from '../src/app.js';

/**
 * The service in this process on a free port, ended with the test `t`: its base URL and `call`,
 * which answers { status, body }.
 */
export async function startService(t, options) {
  const server = createServer(await createApp(options));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  const url = `http://127.0.0.1:${server.address().port}`;

  async function call(method, path, body) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { connection: 'close' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  return { url, call };
}
