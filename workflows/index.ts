export { repoLane } from './repo-lane.ts';
export { task } from './task.ts';
