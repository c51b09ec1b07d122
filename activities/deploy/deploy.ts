import type { DeployInput } from '../../workflows/domain/activities.ts';
import type { ProcessTarget, Project } from '../../workflows/domain/project.ts';
import type { DeployPorts } from './ports.ts';
import { writeTargetState, type TargetFolder, type TargetState } from './target-folder.ts';

/** One change of one target, made by the holder of the target's lock. */
export interface Deploy {
  ports: DeployPorts;
  input: DeployInput;
  project: Project;
  target: ProcessTarget;
  folder: TargetFolder;
  runId: string;
  signal: AbortSignal;
  /** as stored; changed by `saveState` only */
  state: TargetState;
}

/** Changes and stores the target's state. */
export async function saveState(deploy: Deploy, change: Partial<TargetState>): Promise<void> {
  deploy.state = { ...deploy.state, ...change };
  await writeTargetState(deploy.folder, deploy.state);
}
