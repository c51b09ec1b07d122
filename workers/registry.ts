import { readFileSync, statSync } from 'node:fs';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { UnknownProject } from '../activities/errors.ts';
import type { ProjectRegistry } from '../activities/projects.ts';
import type { Project } from '../workflows/domain/project.ts';
import { ConfigurationError } from './env-reader.ts';
import { parseProjects } from './projects-schema.ts';
import type { Profile } from './timings.ts';
import { reasonOf } from './reason-of.ts';

/** The registry of a running process: it follows its file and keeps the last good one. */
export interface LiveRegistry extends ProjectRegistry {
  /** Every project, in the file's order. */
  all(): readonly Project[];
  /** Why the file as it is now could not be read, or null. */
  problem(): string | null;
}

/** Opens projects.yaml. Throws ConfigurationError when it is unusable now; later the last good one stays in force. */
export function openRegistry(file: string, profile: Profile, log: Logger): LiveRegistry {
  let seen = signatureOf(file);
  let projects = read();
  let problem: string | null = null;

  function read(): readonly Project[] {
    if (seen === MISSING) {
      throw new ConfigurationError(`The project registry ${file}`, [
        'there is no such file: set ORCH_PROJECTS_FILE, or start from projects.example.yaml',
      ]);
    }
    const parsed = parseProjects(readFileSync(file, 'utf8'), file, profile);
    for (const warning of parsed.warnings) log.warn({ file, warning }, 'project setting skipped');
    return parsed.projects;
  }

  function current(): readonly Project[] {
    const signature = signatureOf(file);
    if (signature === seen) return projects;
    seen = signature;
    try {
      projects = read();
      problem = null;
      log.info({ file, projects: projects.length }, 'project registry reloaded');
    } catch (error) {
      problem = reasonOf(error);
      log.error({ file, problem }, 'project registry unusable, the last good one stays in force');
    }
    return projects;
  }

  return {
    all: current,
    problem: () => {
      current();
      return problem;
    },
    byKey: (key) => {
      const found = current().find((project) => project.key === key);
      if (found === undefined) throw new UnknownProject(`no project "${key}" in ${file}`);
      return found;
    },
  };
}

/** The projects as they are now, for a command that does without: none when the file is unusable, which it warns of. */
export function readProjectsOrWarn(
  { projectsFile, profile }: { projectsFile: string; profile: Profile },
  stderr: Pick<NodeJS.WritableStream, 'write'>,
): readonly Project[] {
  try {
    return openRegistry(projectsFile, profile, pino({ level: 'silent' })).all();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    stderr.write(`warning: ${error.message}\n`);
    return [];
  }
}

const MISSING = 'missing';

/** Changes whenever the file does; a missing file has one too, so losing it is a change and not a crash. */
function signatureOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? MISSING : `${found.ino}:${found.size}:${found.mtimeNs}`;
}
