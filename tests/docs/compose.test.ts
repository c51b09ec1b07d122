import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ATTRIBUTES } from '../../workflows/contract.ts';

interface Service {
  image: string;
  environment?: Record<string, string | number>;
  volumes?: string[];
  ports?: string[];
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const settings = new Set(Object.keys(parseEnv(readFileSync('.env.example', 'utf8'))));
const settingsOf = (name: string) =>
  Object.keys(compose.services[name]?.environment ?? {}).filter((key) => key.startsWith('ORCH_'));

describe('docker-compose.yml', () => {
  it('passes only settings that exist', () => {
    const passed = services.flatMap(([name]) => settingsOf(name));
    expect(passed.filter((key) => !settings.has(key))).toEqual([]);
  });

  it('passes every setting to some process', () => {
    const passed = new Set(services.flatMap(([name]) => settingsOf(name)));
    const ofTheImage = ['ORCH_DATA_DIR', 'ORCH_LISTEN_HOST'];
    expect([...settings].filter((key) => !passed.has(key)).sort()).toEqual(ofTheImage);
  });

  it('gives the secrets of one worker to that worker only', () => {
    const secrets = (name: string) => settingsOf(name).filter((key) => /TOKEN|SECRET/.test(key));
    const all = ['api', 'worker-flow', 'worker-agents'].flatMap(secrets);
    expect(all.length).toBe(new Set(all).size);
    expect(secrets('worker-agents')).toEqual(['ORCH_PLANE_READ_TOKEN', 'ORCH_GITEA_GIT_TOKEN']);
    expect(secrets('runner')).toEqual([]);
  });

  it('pins every foreign image and opens no port beyond this machine', () => {
    for (const [, { image, ports }] of services) {
      if (image !== 'orchestrator') expect(image).toMatch(/:\d+(\.\d+)*$/);
      for (const port of ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('keeps data in named volumes and mounts only files that are in the repository', () => {
    const sources = services
      .flatMap(([, { volumes }]) => volumes ?? [])
      .map((v) => v.split(':/')[0]);
    for (const source of sources.filter((name) => !name?.startsWith('${'))) {
      const known = String(source) in compose.volumes || existsSync(String(source));
      expect(known, source).toBe(true);
    }
  });
});

it('the namespace set-up registers the search attributes of the contract', () => {
  const script = readFileSync('infra/temporal/set-up-namespace.sh', 'utf8');
  const registered = [...script.matchAll(/^register (\w+) (.+)$/gm)].flatMap(([, type, names]) =>
    String(names)
      .split(' ')
      .map((name) => `${name} ${String(type).toUpperCase()}`),
  );
  const wanted = Object.values(ATTRIBUTES).map(({ name, type }) => `${name} ${type}`);
  expect(registered.sort()).toEqual(wanted.sort());
});
