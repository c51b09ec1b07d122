import type { Project } from '../workflows/domain/project.ts';

/** Looks projects up. Throws UnknownProject for a key the registry does not have. Source: 2026-06-02. */
export interface ProjectRegistry {
  byKey(key: string): Project;
}
