/**
 * Checks a running instance: `BASE_URL=http://... node staging/suite.js`. With REVISION set the
 * instance must run exactly that one. Prints {"checks":[{name, kind, ok, detail?}]}; exit 0 = all ok.
 * kind: REAL = the code is at fault, SANDBOX_INFRA = the environment is.
 */
const { BASE_URL: baseUrl, REVISION: expectedRevision } = process.env;

async function call(method, path, body) {
  const response = await fetch(new URL(path, baseUrl), {
    method,
    signal: AbortSignal.timeout(5000),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

function expect(condition, detail) {
  if (!condition) throw new Error(detail);
}

async function instanceIsReachable() {
  expect(baseUrl, 'BASE_URL is not set');
  await fetch(new URL('/health', baseUrl), { signal: AbortSignal.timeout(5000) });
}

async function instanceIsHealthy() {
  const { status, body } = await call('GET', '/health');
  expect(status === 200 && body.status === 'ok', `/health answers ${status}`);
}

async function revisionIsTheOneBuilt() {
  const { revision } = (await call('GET', '/version')).body;
  expect(revision, '/version names no revision');
  expect(
    !expectedRevision || revision === expectedRevision,
    `the instance runs ${revision}, expected ${expectedRevision}`,
  );
}

async function notesAreKept() {
  const created = await call('POST', '/notes', { title: 'staging check' });
  expect(created.status === 201, `POST /notes answers ${created.status}`);
  const path = `/notes/${created.body.id}`;
  const read = await call('GET', path);
  expect(read.body.title === 'staging check', `GET ${path} answers another note`);
  const removed = await call('DELETE', path);
  expect(removed.status === 204, `DELETE ${path} answers ${removed.status}`);
}

async function everyPageAnswers() {
  const { routes } = (await call('GET', '/')).body;
  const pages = routes
    .filter((route) => route.startsWith('GET ') && !route.includes(':'))
    .map((route) => route.slice('GET '.length));
  for (const page of pages) {
    const { status } = await call('GET', page);
    expect(status === 200, `GET ${page} answers ${status}`);
  }
}

async function unknownPathsAreRefused() {
  const { status } = await call('GET', '/there-is-no-such-page');
  expect(status === 404, `an unknown path answers ${status}`);
}

const suite = [
  ['instance is reachable', 'SANDBOX_INFRA', instanceIsReachable],
  ['instance is healthy', 'REAL', instanceIsHealthy],
  ['revision is the one built', 'REAL', revisionIsTheOneBuilt],
  ['notes are kept', 'REAL', notesAreKept],
  ['every page answers', 'REAL', everyPageAnswers],
  ['unknown paths are refused', 'REAL', unknownPathsAreRefused],
];

const checks = [];
for (const [name, kind, check] of suite) {
  try {
    await check();
    checks.push({ name, kind, ok: true });
  } catch (error) {
    checks.push({ name, kind, ok: false, detail: error.cause?.message ?? error.message });
    // Without an instance every further check would blame the code for the environment.
    if (kind === 'SANDBOX_INFRA') break;
  }
}
console.log(JSON.stringify({ checks }));
process.exitCode = checks.every(({ ok }) => ok) ? 0 : 1;
