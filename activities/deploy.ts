import type { DeployActivities } from '../workflows/domain/activities.ts';
import { deployBuild } from './deploy/deploy-build.ts';
import type { DeployPorts } from './deploy/ports.ts';
import { runSuite } from './deploy/run-suite.ts';
import { watchDeploy } from './deploy/watch-deploy.ts';

/** The activities of the queues `deploy@<target>`. */
export function createDeployActivities(ports: DeployPorts): DeployActivities {
  return {
    deployBuild: (input) => deployBuild(ports, input),
    runSuite: (input) => runSuite(ports, input),
    watchDeploy: (input) => watchDeploy(ports, input),
  };
}
