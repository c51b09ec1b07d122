import type { DeployInput } from '../../workflows/domain/activities.ts';
import {
  renderStagingLog,
  STAGING_LOG_DOCUMENT,
} from '../../workflows/domain/artifacts/staging-log.ts';
import type { StagingVerdict } from '../../workflows/domain/verdicts.ts';
import { forgetCheckout, MissingProgram, runInCheckout } from '../build/run-in-checkout.ts';
import { documentIdOf } from '../documents.ts';
import { withHeartbeats, type LifeLine } from '../heartbeat.ts';
import { renderSections } from '../render-sections.ts';
import { runIdOf } from '../run-id.ts';
import { findTarget, type DeployPorts } from './ports.ts';
import { readRevision } from './probe-service.ts';
import { describeCheck, judgeSuite, parseSuite } from './suite-report.ts';
import type { SuiteCheck, SuiteJudgement } from './suite-report.ts';
import { inspectService } from './supervised-service.ts';
import { targetFolder } from './target-folder.ts';

type SuiteInput = DeployInput & { timeoutMs: number };

/** What the suite said, the checks behind it and the digest it ran against. */
interface SuiteEnd {
  judgement: SuiteJudgement;
  checks: readonly SuiteCheck[];
  digest: string | null;
}

const MUST_FIX = 'staging-must-fix.md';

/**
 * Runs the project's suite from the sealed commit against the running instance, whose digest and revision are read before
 * and after. Everything that does not judge the code is HOLD and never returns it. Source: ORCH-048, ORCH-061, ORCH-123.
 */
export async function runSuite(ports: DeployPorts, input: SuiteInput): Promise<StagingVerdict> {
  const { commands } = findTarget(ports, input).project;
  const { suite } = commands;
  if (suite === null) {
    return conclude(ports, input, {
      judgement: { kind: 'pass', passed: 0, waived: [] },
      checks: [],
      digest: null,
    });
  }
  return withHeartbeats(
    () => ({ target: input.target }),
    async (life) => {
      const end = await runBetweenReadings(ports, { ...input, suite }, life);
      await forgetCheckout(ports, runIdOf(input.key));
      return conclude(ports, input, end);
    },
  );
}

async function runBetweenReadings(
  ports: DeployPorts,
  input: SuiteInput & { suite: readonly string[] },
  life: LifeLine,
): Promise<SuiteEnd> {
  const { signal } = life;
  const before = await readRunning(ports, input, signal);
  if (before.mismatch !== null) return hold(`before the suite, ${before.mismatch}`, before.digest);
  const { judgement, checks } = await runChecks(ports, input, life);
  const after = await readRunning(ports, input, signal);
  if (after.mismatch !== null) return hold(`after the suite, ${after.mismatch}`, after.digest);
  return { judgement, checks, digest: after.digest };
}

/** What the target runs: the digest its supervisor was given and the revision the service answers; `mismatch` null = the build. */
async function readRunning(
  ports: DeployPorts,
  { target, url, build }: SuiteInput,
  signal: AbortSignal,
): Promise<{ digest: string | null; mismatch: string | null }> {
  const service = await inspectService(targetFolder(ports.dataDir, target));
  if (service.kind === 'stopped') return { digest: null, mismatch: `${target} runs nothing` };
  const { digest } = service;
  if (digest !== build.digest) return { digest, mismatch: `${target} runs ${digest}` };
  const found = await readRevision(url, signal);
  if (found.revision === build.revision) return { digest, mismatch: null };
  const mismatch = found.revision === null ? found.reason : `${url} runs ${found.revision}`;
  return { digest, mismatch };
}

/** `host:port` of an address. */
function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

async function runChecks(
  ports: DeployPorts,
  input: SuiteInput & { suite: readonly string[] },
  life: LifeLine,
): Promise<Pick<SuiteEnd, 'judgement' | 'checks'>> {
  const { build, key, task, url } = input;
  const run = {
    runId: runIdOf(key),
    repo: task.repo,
    sha: build.revision,
    argv: input.suite,
    env: { BASE_URL: url, REVISION: build.revision },
    hosts: [hostOf(url), ...findTarget(ports, input).project.sandbox.hosts],
    timeoutMs: input.timeoutMs,
  };
  const end = await runInCheckout(ports, run, life).catch((error: unknown) => {
    if (error instanceof MissingProgram) return error.message;
    throw error;
  });
  if (typeof end === 'string') return hold(`permanent environment defect: ${end}`, null);
  const { timedOut, killed, exitCode, signal: endedBy } = end.exit;
  if (timedOut) return hold('transient: the suite ran out of time', null);
  if (killed !== null) return hold(`transient: the suite was ended: ${killed}`, null);
  if (endedBy !== null) return hold(`transient: the suite was ended by ${endedBy}`, null);
  const checks = parseSuite(end.stdout);
  if (checks === null) {
    const code = exitCode ?? 'unknown';
    return hold(`permanent: the suite ended with code ${code} and printed no checks`, null);
  }
  return { judgement: judgeSuite(checks, exitCode), checks };
}

function hold(reason: string, digest: string | null): SuiteEnd {
  return { judgement: { kind: 'hold', reason }, checks: [], digest };
}

async function conclude(
  ports: DeployPorts,
  input: SuiteInput,
  { judgement, checks, digest }: SuiteEnd,
): Promise<StagingVerdict> {
  const failed = judgement.kind === 'fail' ? judgement.failed : [];
  const waived = judgement.kind === 'hold' ? [] : judgement.waived;
  const verdict: StagingVerdict = {
    status: STATUS[judgement.kind],
    reason: describeJudgement(judgement, checks.length),
    passed: judgement.kind === 'hold' ? 0 : judgement.passed,
    failed: failed.length,
    waived: waived.map(({ name }) => name),
    documentId: documentIdOf(input.key, STAGING_LOG_DOCUMENT),
    digest,
    mustFixRef:
      failed.length === 0 ? null : { documentId: documentIdOf(input.key, MUST_FIX), url: null },
  };
  if (failed.length > 0) await save(ports, input, [MUST_FIX, renderMustFix(failed)]);
  const log = renderStagingLog(input.task.id, {
    status: verdict.status,
    digest,
    body: renderSections([
      { title: 'Reason', lines: [verdict.reason] },
      { title: 'Instance', lines: [`${input.url}, revision ${input.build.revision}`] },
      { title: 'Checks', lines: checks.map(listCheck) },
    ]),
  });
  await save(ports, input, [STAGING_LOG_DOCUMENT, log]);
  return verdict;
}

const STATUS = { pass: 'PASS', fail: 'FAIL', hold: 'HOLD' } as const;

function describeJudgement(judgement: SuiteJudgement, checks: number): string {
  switch (judgement.kind) {
    case 'hold':
      return judgement.reason;
    case 'fail':
      return `failed: ${judgement.failed.map(({ name }) => name).join(', ')}`;
    case 'pass':
      if (checks === 0) return 'N/A: the project has no staging suite';
      return judgement.waived.length === 0
        ? `${judgement.passed} checks passed`
        : `${judgement.passed} checks passed, waived: ${judgement.waived.map(({ name }) => name).join(', ')}`;
  }
}

const listCheck = (check: SuiteCheck) =>
  `- ${check.ok ? 'ok' : 'FAILED'} (${check.kind}) ${describeCheck(check)}`;

function renderMustFix(failed: readonly SuiteCheck[]): string {
  const lines = failed.map((check) => `- ${describeCheck(check)}`);
  return `# Staging checks that failed\n\n${lines.join('\n')}\n`;
}

function save(
  ports: DeployPorts,
  { key, task }: SuiteInput,
  [name, body]: [string, string],
): Promise<void> {
  const id = documentIdOf(key, name);
  return ports.documents.save({ id, taskId: task.id, life: task.life, name, body });
}
