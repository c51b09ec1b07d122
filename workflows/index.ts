export { agentPool } from './agent-pool.ts';
export { budget } from './budget.ts';
export { repoLane } from './repo-lane.ts';
export { task } from './task.ts';
