const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|CANARY/i;
const MIN_LENGTH = 6;

/** The variables of an environment that look like secrets, by name. */
export function findSecrets(env: NodeJS.ProcessEnv): [name: string, value: string][] {
  return Object.entries(env).flatMap(([name, value]) =>
    SECRET_NAME.test(name) && value !== undefined && value.length >= MIN_LENGTH
      ? [[name, value] as [string, string]]
      : [],
  );
}

/** Secrets as lines `NAME=value`, each value encoded by itself. */
export function showSecrets(
  secrets: readonly [name: string, value: string][],
  as: 'utf8' | 'base64' | 'hex',
): string {
  return secrets.map(([name, value]) => `${name}=${Buffer.from(value).toString(as)}\n`).join('');
}
