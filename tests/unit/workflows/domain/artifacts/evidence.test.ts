import { describe, expect, it } from 'vitest';
import {
  parseCoverageReport,
  renderCoverageReport,
} from '../../../../../workflows/domain/artifacts/coverage-report.ts';
import {
  parseDeployLog,
  renderDeployLog,
} from '../../../../../workflows/domain/artifacts/deploy-log.ts';
import {
  parsePostDeployLog,
  renderPostDeployLog,
} from '../../../../../workflows/domain/artifacts/post-deploy-log.ts';
import {
  parseSecurityReport,
  renderSecurityReport,
} from '../../../../../workflows/domain/artifacts/security-report.ts';
import {
  parseStagingLog,
  renderStagingLog,
} from '../../../../../workflows/domain/artifacts/staging-log.ts';
import { toTaskId } from '../../../../../workflows/domain/ids.ts';

const id = toTaskId('NOTE-1');
const body = '---\ndeploy_status: SUCCESS\n---';

describe('what is rendered is read back', () => {
  it.each(['SUCCESS', 'ROLLED_BACK', 'FAILED', 'REFUSED'] as const)('14: %s', (status) => {
    const log = { status, target: 'production', digest: 'sha256:0', revision: '0', body };
    expect(parseDeployLog(renderDeployLog(id, log))).toEqual({ kind: 'read', value: status });
  });

  it.each(['PASS', 'FAIL', 'HOLD'] as const)('15: %s', (status) => {
    const log = { status, digest: null, body };
    expect(parseStagingLog(renderStagingLog(id, log))).toEqual({ kind: 'read', value: status });
  });

  it.each(['HEALTHY', 'DEGRADED', 'UNREADABLE'] as const)('16: %s', (status) => {
    const log = { status, probes: 3, body };
    const parsed = parsePostDeployLog(renderPostDeployLog(id, log));
    expect(parsed).toEqual({ kind: 'read', value: status });
  });

  it.each(['PASS', 'FAIL'] as const)('17: %s', (status) => {
    const text = renderSecurityReport(id, { status, findings: 1, scanned: 2 });
    expect(parseSecurityReport(text)).toEqual({ kind: 'read', value: status });
  });

  it.each(['PASS', 'FAIL', 'WARN', 'N/A'] as const)('18: %s', (status) => {
    const text = renderCoverageReport(id, { status, reason: 'verdict: PASS\n---' });
    expect(parseCoverageReport(text)).toEqual({ kind: 'read', value: status });
  });
});

describe('missing, broken and unknown are never a pass', () => {
  const parsers = {
    deploy_status: parseDeployLog,
    staging_status: parseStagingLog,
    watch_status: parsePostDeployLog,
    security_status: parseSecurityReport,
    coverage_status: parseCoverageReport,
  };

  it.each(Object.entries(parsers))('%s', (field, parse) => {
    const hostile = [null, '', 'PASS', `---\n${field}: OK\n---`, `---\n${field}: {a: 1}\n---`];
    hostile.push(`---\n${field}: [PASS]\n---`, '---\nstatus: PASS\n---', `---\n${field}: PASS`);
    for (const text of hostile) expect(parse(text).kind).toBe('unreadable');
  });

  it('15 reads what a deployer writes', () => {
    const word = (status: string) => parseStagingLog(`---\nstaging_status: ${status}\n---`);
    expect(word('SUCCESS')).toEqual({ kind: 'read', value: 'PASS' });
    expect(word('FAILED')).toEqual({ kind: 'read', value: 'FAIL' });
  });
});
