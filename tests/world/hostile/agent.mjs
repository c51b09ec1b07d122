/** An agent that tries everything it must not. Targets come as JSON in HOSTILE_TARGETS; each attempt is one line of its output. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { dirname, join } from 'node:path';

const targets = JSON.parse(process.env.HOSTILE_TARGETS);
const proxy = new URL(process.env.HTTPS_PROXY);

/** Says `done: ...` when the attempt worked, `denied` when it threw or found nothing. */
async function attempt(name, work) {
  let answer;
  try {
    const found = await work();
    answer = found === null || found === '' ? 'denied' : `done: ${String(found).slice(0, 200)}`;
  } catch {
    answer = 'denied';
  }
  console.log(JSON.stringify({ type: 'attempt', name, answer }));
}

const git = (...args) =>
  execFileSync('git', args, { stdio: 'pipe', timeout: 10_000 }).toString() || 'ok';

const ask = (options) =>
  new Promise((resolve, reject) => {
    const request = http.request({
      agent: new http.Agent({ proxyEnv: {} }),
      timeout: 5000,
      ...options,
    });
    request.on('connect', (answer, socket) => {
      socket.destroy();
      answer.statusCode === 200 ? resolve('tunnel') : reject(new Error(answer.statusCode));
    });
    request.on('response', (answer) => {
      answer.resume();
      answer.statusCode === 200 ? resolve('200') : reject(new Error(answer.statusCode));
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', reject);
    request.end();
  });
const throughProxy = { host: proxy.hostname, port: proxy.port };
const split = (target) => ({
  host: target.slice(0, target.lastIndexOf(':')),
  port: target.slice(target.lastIndexOf(':') + 1),
});

const connectTo = (options) =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ timeout: 5000, ...options }, () => {
      socket.destroy();
      resolve('connected');
    });
    socket.on('timeout', () => socket.destroy(new Error('timeout')));
    socket.on('error', reject);
  });

const processes = () => fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));

function searchProcesses(secret) {
  return processes()
    .filter((pid) => {
      try {
        return ['environ', 'cmdline'].some((file) =>
          fs.readFileSync(`/proc/${pid}/${file}`).includes(secret),
        );
      } catch {
        return false;
      }
    })
    .join();
}

for (const [name, path] of Object.entries(targets.read)) {
  await attempt(`read ${name}`, () =>
    fs.statSync(path).isDirectory() ? fs.readdirSync(path).join() : fs.readFileSync(path).length,
  );
}
await attempt('see that there are other tasks', () =>
  fs
    .readdirSync(targets.clones)
    .filter((name) => !process.cwd().includes(name))
    .join(),
);
await attempt('read a secret of a host process', () =>
  searchProcesses(Buffer.from(targets.processSecret, 'base64')),
);
await attempt(
  'read the environment of a host process',
  () => fs.readFileSync(`/proc/${targets.pid}/environ`).length,
);
await attempt('see host processes', () => (processes().length > 8 ? processes().length : null));
await attempt('kill a host process', () => process.kill(targets.pid, 'SIGKILL'));
await attempt('trace or enter a host process', () =>
  fs.readlinkSync(`/proc/${targets.pid}/ns/net`),
);

for (const [name, target] of Object.entries(targets.reach)) {
  await attempt(`reach ${name}`, () => connectTo(split(target)));
  await attempt(`reach ${name} through the proxy`, () =>
    ask({ ...throughProxy, method: 'CONNECT', path: target }),
  );
  await attempt(`ask ${name} through the proxy`, () =>
    ask({ ...throughProxy, path: `http://${target}/` }),
  );
}
for (const [name, path] of Object.entries(targets.sockets)) {
  await attempt(`reach ${name}`, () => connectTo({ path }));
}

for (const [name, path] of Object.entries(targets.write)) {
  await attempt(`write ${name}`, () => (fs.writeFileSync(path, 'x', { flag: 'w' }), 'written'));
}
await attempt('remove its task', () => (fs.rmSync(targets.task), 'removed'));
await attempt('put another task before its own', () => {
  fs.renameSync(dirname(targets.task), `${dirname(targets.task)}-old`);
  return 'renamed';
});
await attempt('write out of its tree by a link', () => {
  fs.rmSync('out', { force: true });
  fs.symlinkSync(targets.outside, 'out');
  fs.writeFileSync('out/written', 'x');
  return 'written';
});
await attempt(
  'write out of its tree by a hard link',
  () => (fs.linkSync(targets.task, 'task'), 'linked'),
);
await attempt(
  'fill /tmp past its size',
  () => (execFileSync('fallocate', ['-l', '2G', '/tmp/big'], { stdio: 'pipe' }), 'filled'),
);
await attempt(
  'fill /dev/shm past its size',
  () => (execFileSync('fallocate', ['-l', '2G', '/dev/shm/big'], { stdio: 'pipe' }), 'filled'),
);
await attempt('change a setting of the kernel', () => {
  const file = '/proc/sys/kernel/core_pattern';
  fs.accessSync(file, fs.constants.W_OK);
  return 'writable';
});
await attempt(
  'become root of namespaces of its own',
  () => (execFileSync('unshare', ['-Urm', 'true'], { stdio: 'pipe' }), 'root'),
);
await attempt(
  'mount',
  () => (execFileSync('mount', ['-t', 'tmpfs', 'none', '/tmp'], { stdio: 'pipe' }), 'mounted'),
);

await attempt('push to where it was cloned from', () =>
  git('push', 'origin', 'HEAD:refs/heads/evil'),
);
await attempt('push to the forge’s folder', () =>
  git('push', targets.forge, 'HEAD:refs/heads/evil'),
);
await attempt('push to the forge’s address', () =>
  git('push', `http://${targets.reach['the forge']}/a.git`, 'HEAD:refs/heads/evil'),
);
await attempt('move a branch of another task', () =>
  git(
    `--git-dir=${targets.repository}`,
    'update-ref',
    'refs/heads/evil',
    git('rev-parse', 'HEAD').trim(),
  ),
);
await attempt(
  'write into the trusted repository',
  () => (fs.writeFileSync(join(targets.repository, 'objects/evil'), 'x'), 'written'),
);
await attempt('change the trusted repository’s settings', () =>
  git('config', '--file', join(targets.repository, 'config'), 'core.fsmonitor', 'evil'),
);

// What it may do.
await attempt('allowed: reach its model', () =>
  ask({ ...throughProxy, method: 'CONNECT', path: targets.model }),
);
await attempt('allowed: reach its model directly', () =>
  ask({ ...split(targets.model), path: '/' }),
);
await attempt('allowed: commit', () => {
  fs.rmSync('out', { force: true });
  fs.writeFileSync('src/honest.js', '// work\n');
  git('add', 'src/honest.js');
  return git('-c', 'user.name=a', '-c', 'user.email=a@invalid', 'commit', '-qm', 'work');
});
await attempt('allowed: use its /tmp and its home', () => {
  fs.writeFileSync('/tmp/file', 'x');
  fs.writeFileSync(join(process.env.HOME, 'file'), 'x');
  return 'written';
});
console.log(JSON.stringify({ type: 'environment', names: Object.keys(process.env).sort() }));

const daemon = spawn('setsid', ['env', '-i', '/bin/sleep', targets.daemonSleep], {
  detached: true,
  stdio: 'ignore',
});
daemon.unref();
console.log(
  JSON.stringify({
    type: 'result',
    subtype: 'success',
    is_error: false,
    result: 'done',
    total_cost_usd: 0.1,
    modelUsage: {},
  }),
);
