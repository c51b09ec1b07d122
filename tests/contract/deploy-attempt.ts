import type { DeployInput } from '../../workflows/domain/activities.ts';
import { DeployWorld } from './deploy-world.ts';

/* One attempt of a deploy in a process of its own, to be killed: `<dataDir> <port> <input as JSON>`. */

const [dataDir = '', port = '', input = ''] = process.argv.slice(2);
await DeployWorld.open(dataDir, Number(port)).redeploy(JSON.parse(input) as DeployInput);
