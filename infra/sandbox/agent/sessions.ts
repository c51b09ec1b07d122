import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const FirstLine = z.object({ message: z.object({ content: z.string() }) });

/** Where Claude Code keeps the transcript of a session that was started in `cwd`. */
function transcriptOf(configDir: string, session: { id: string; cwd: string }): string {
  const project = session.cwd.replace(/[^A-Za-z0-9]/g, '-');
  return join(configDir, 'projects', project, `${session.id}.jsonl`);
}

/** Notes the prompt of a session, so that a later `--resume` with a bare "continue" knows its task. */
export function rememberPrompt(
  configDir: string,
  session: { id: string; cwd: string; prompt: string },
): void {
  const file = transcriptOf(configDir, session);
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  const line = { type: 'user', message: { role: 'user', content: session.prompt } };
  appendFileSync(file, `${JSON.stringify({ ...line, sessionId: session.id })}\n`);
}

/** The prompt a session began with, null when there is no such session under any work tree. */
export function recallPrompt(configDir: string, sessionId: string): string | null {
  const projects = join(configDir, 'projects');
  const file = (existsSync(projects) ? readdirSync(projects) : [])
    .map((project) => join(projects, project, `${sessionId}.jsonl`))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) return null;
  const [first = ''] = readFileSync(file, 'utf8').split('\n', 1);
  return FirstLine.parse(JSON.parse(first)).message.content;
}
