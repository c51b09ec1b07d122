import { afterEach, expect, it, vi } from 'vitest';
import { devEnvironment } from '../../../../workers/dev/environment.ts';
import type { ScriptedSettings } from '../../../../workers/dev/environment.ts';
import { DEV_PORTS } from '../../../../workers/dev/ports.ts';
import type { DevSecrets } from '../../../../workers/dev/secrets.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const environmentWith = (scripted: ScriptedSettings) =>
  devEnvironment({
    ...{ dataDir: '/data', ports: DEV_PORTS, profile: 'test', paceMs: 50, scripted },
    ...{ secrets: {} as DevSecrets, ledgerUrl: 'postgres://127.0.0.1/x', botIds: [] },
  });

it('settings of the scripted agent are passed on, and what is given wins over them', () => {
  vi.stubEnv('SCRIPTED_AGENT_COST_USD', '3');
  vi.stubEnv('SCRIPTED_AGENT_MODE', 'ours');
  vi.stubEnv('SCRIPTED_AGENT_PACE_MS', '9');
  const env = environmentWith({ SCRIPTED_AGENT_MODE: 'given' });
  expect(env).toMatchObject({
    SCRIPTED_AGENT_COST_USD: '3',
    SCRIPTED_AGENT_MODE: 'given',
    SCRIPTED_AGENT_PACE_MS: '50',
  });
  expect(env['ORCH_AGENT_ENV']?.split(',').sort()).toEqual(
    expect.arrayContaining([
      'SCRIPTED_AGENT_COST_USD',
      'SCRIPTED_AGENT_MODE',
      'SCRIPTED_AGENT_PACE_MS',
    ]),
  );
});
