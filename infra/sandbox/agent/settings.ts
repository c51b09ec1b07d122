import { z } from 'zod';
import { Probe } from './tricks/probe.ts';

const count = z.coerce.number().min(0);
const Settings = z.object({
  SCRIPTED_AGENT_PACE_MS: count.default(200),
  SCRIPTED_AGENT_LIMIT_MS: count.default(3000),
  SCRIPTED_AGENT_FLOOD_BYTES: count.default(1e9),
  SCRIPTED_AGENT_RUN_MS: count.default(180_000),
  SCRIPTED_AGENT_USAGE: z.enum(['session', 'launch']).default('session'),
  SCRIPTED_AGENT_PROBE: z
    .string()
    .default('["/etc/shadow","/proc/1/environ","http://169.254.169.254/"]')
    .transform((text, context) => {
      try {
        return z.array(Probe).parse(JSON.parse(text));
      } catch {
        context.addIssue('is no JSON list of probes');
        return z.NEVER;
      }
    }),
});

/** The environment variables a scenario can be tuned with; throws what is wrong with them by name. */
export function readSettings(env: NodeJS.ProcessEnv) {
  const { data: parsed, error } = Settings.safeParse(env);
  if (error) throw new Error(z.prettifyError(error));
  return {
    paceMs: parsed.SCRIPTED_AGENT_PACE_MS,
    limitMs: parsed.SCRIPTED_AGENT_LIMIT_MS,
    floodBytes: parsed.SCRIPTED_AGENT_FLOOD_BYTES,
    runMs: parsed.SCRIPTED_AGENT_RUN_MS,
    /** what a resumed session's totals count: all of the session, or this launch alone */
    usageOf: parsed.SCRIPTED_AGENT_USAGE,
    probes: parsed.SCRIPTED_AGENT_PROBE,
  };
}
export type Settings = ReturnType<typeof readSettings>;
