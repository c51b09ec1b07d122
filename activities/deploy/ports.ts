import type { DeployInput } from '../../workflows/domain/activities.ts';
import type { ProcessTarget, Project } from '../../workflows/domain/project.ts';
import type { CheckoutPorts } from '../build/run-in-checkout.ts';
import type { DocumentStore } from '../documents.ts';
import { PermanentError } from '../errors.ts';
import type { ProjectRegistry } from '../projects.ts';

/** What the activities of a deploy target need from outside. */
export interface DeployPorts extends CheckoutPorts {
  registry: ProjectRegistry;
  documents: DocumentStore;
  /** argv of the program that supervises a service, workers/service.ts */
  supervisor: readonly string[];
}

/** The project and the target `input` is about; throws UnknownProject, and PermanentError for an unknown target. */
export function findTarget(
  ports: DeployPorts,
  input: DeployInput,
): { project: Project; target: ProcessTarget } {
  const project = ports.registry.byKey(input.task.project);
  const target = project.targets[input.target];
  if (target === undefined) {
    throw new PermanentError(`project ${project.key} has no deploy target ${input.target}`);
  }
  return { project, target };
}
