import './loopback-only.mjs';

const preload = `--import=${new URL('loopback-only.mjs', import.meta.url).href}`;
const credentials =
  /^(ORCH|PLANE|GITEA|TELEGRAM|ANTHROPIC|CLAUDE|OPENAI)_|_(TOKEN|SECRET|PASSWORD|API_KEY)$/;
const needed = new Set(['ORCH_CACHE_DIR', 'ORCH_SETUP_OFFLINE']);

const inherited = process.env['NODE_OPTIONS'] ?? '';
if (!inherited.includes(preload)) process.env['NODE_OPTIONS'] = `${inherited} ${preload}`.trim();

for (const name of Object.keys(process.env)) {
  // Tests say what a program gets; what the caller's shell holds may be real.
  if (credentials.test(name) && !needed.has(name)) Reflect.deleteProperty(process.env, name);
}
