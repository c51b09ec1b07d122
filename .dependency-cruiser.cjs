/** The dependency direction. Every rule has a seeded violation in tests/unit/layers.test.ts. */
const rule = (name, from, to, more = {}) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: to, ...more },
});
/** `import type` stays allowed: it is erased before anything runs. */
const runtime = { dependencyTypesNot: ['type-only'] };
const WORKFLOWS = '^workflows/(?!domain/|contract[.]ts)';

exports.forbidden = [
  rule(
    'domain is pure',
    '^workflows/domain/',
    '^workflows/(?!domain/)|^(activities|api|workers|infra|tests)/|node_modules/@temporalio',
  ),
  {
    name: 'workflows have no Node',
    severity: 'error',
    from: { path: '^workflows/' },
    to: { dependencyTypes: ['core'] },
  },
  rule('only artifacts parse', '^workflows/(?!domain/artifacts/)', 'node_modules/(zod|yaml)/'),
  rule(
    'domain knows artifacts as types',
    '^workflows/(?!domain/artifacts/)',
    '^workflows/domain/artifacts/',
    runtime,
  ),
  rule('workflows see activities as types', '^workflows/', '^activities/', runtime),
  rule('activities know the domain', '^activities/', WORKFLOWS),
  rule(
    'api only hints',
    '^api/',
    `${WORKFLOWS}|^(activities|workers)/|^workflows/domain/artifacts/`,
  ),
  rule('nobody imports workers', '^(workflows|activities|api)/', '^(workers|tests)/'),
  rule('only workers mount the api', '^(workflows|activities)/', '^api/'),
  rule('infra and app are strangers', '^infra/', '^(workflows|activities|api|workers|tests)/'),
  rule('app and infra are strangers', '^(workflows|activities|api|workers)/', '^infra/'),
  { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
];

exports.options = {
  tsPreCompilationDeps: true,
  tsConfig: { fileName: 'tsconfig.json' },
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '^infra/sandbox/sample-project/' },
};
