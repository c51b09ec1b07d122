import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { requestGrant } from '../../activities/lane/request-grant.ts';
import { boardChanged, QUEUES, slotAnswered, taskWorkflowId } from '../../workflows/contract.ts';
import type {
  ControlActivities,
  FlowActivities,
  HostActivities,
} from '../../workflows/domain/activities.ts';
import type { BoardItem } from '../../workflows/domain/board-item.ts';
import type { Effect } from '../../workflows/domain/effects.ts';
import { toRepoSlug, toTaskId } from '../../workflows/domain/ids.ts';
import type { TaskPolicy } from '../../workflows/domain/policy.ts';
import type { TaskInput, TaskState } from '../../workflows/domain/task-state.ts';
import { startDevServer } from '../world/dev-server.ts';
import { defaultPolicy } from '../world/task-at.ts';
import { sha } from '../world/task-view.ts';
import type { task, walkTold } from './task-workflows.ts';

const HOST = 'the-host';
const WORKFLOWS = fileURLToPath(new URL('task-workflows.ts', import.meta.url));

/** Nothing is read without a hint, and a held-up call is waited for. */
const PATIENT_POLICY: TaskPolicy = {
  ...defaultPolicy,
  shortTimeoutMs: 100_000,
  rereadMs: 600_000,
  rereadMaxMs: 600_000,
  laneRepeatMs: 600_000,
};

/** The world of one task: what the board says, and what was done there. Tests change it while the task runs. */
export interface Scene {
  readonly input: TaskInput;
  item: BoardItem;
  policy: TaskPolicy;
  /** effects that happened, oldest first */
  readonly effects: Effect[];
  /** every effect waits for it */
  gate: Promise<null>;
  /** lives that asked the lane */
  readonly asked: string[];
  /** how many requests reach the lane but are reported as broken for good */
  brokenRequests: number;
  /** runs of the analyst; each asks a question */
  analyses: number;
  /** every run of an agent waits for it */
  agentGate: Promise<null>;
  /** what a STOP did on host and forge, in order */
  readonly undone: string[];
  /** how often killing a run fails before it works */
  brokenKills: number;
  readonly handle: WorkflowHandle<typeof task>;
  readonly hint: () => Promise<void>;
}

/** Tasks on a Temporal server of their own: a queue `flow` with real workflows and made-up surroundings. */
export interface TaskWorld extends AsyncDisposable {
  /** A task of its own repository, not started. */
  readonly scene: (item: BoardItem) => Scene;
  readonly start: (scene: Scene) => Promise<void>;
  /** Starts `walkTold` in the scene's place. */
  readonly walk: (
    scene: Scene,
    state: TaskState,
    told: Parameters<typeof walkTold>[2],
  ) => Promise<WorkflowHandle<typeof walkTold>>;
}

/** Starts the server and the workers. */
export async function startTaskWorld(): Promise<TaskWorld> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const server = await startDevServer();
  const connection = await NativeConnection.connect({ address: server.address });
  const client = new Client({ connection: await Connection.connect({ address: server.address }) });
  const scenes = new Map<string, Scene>();
  const sceneOf = (key: string): Scene => {
    const found = scenes.get(key);
    if (!found) throw ApplicationFailure.nonRetryable(`no scene ${key}`);
    return found;
  };
  const host = hostActivities(scenes, sceneOf);
  const workers = await Promise.all([
    Worker.create({
      connection,
      taskQueue: QUEUES.flow,
      workflowsPath: WORKFLOWS,
      activities: flowActivities(sceneOf, client),
    }),
    ...[QUEUES.claim, QUEUES.work(HOST), QUEUES.agents(HOST), QUEUES.control(HOST)].map(
      (taskQueue) => Worker.create({ connection, taskQueue, activities: host }),
    ),
  ]);
  const running = workers.map((worker) => worker.run());
  return {
    scene: (item) => {
      const scene = newScene(client, scenes.size + 1, item);
      scenes.set(scene.input.itemId, scene);
      scenes.set(scene.input.repo, scene);
      return scene;
    },
    start: ({ input }) => startTask(client, input),
    walk: (scene, state, told) =>
      client.workflow.start<typeof walkTold>('walkTold', {
        workflowId: scene.handle.workflowId,
        taskQueue: QUEUES.flow,
        args: [{ ...state, ref: { ...state.ref, ...scene.input } }, scene.policy, told],
      }),
    async [Symbol.asyncDispose]() {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await client.connection.close();
      await connection.close();
      await server.stop();
    },
  };
}

function newScene(client: Client, number: number, item: BoardItem): Scene {
  const id = toTaskId(`NOTE-${number}`);
  const input = {
    project: 'notes',
    id,
    itemId: `item-${number}`,
    repo: toRepoSlug(`acme/n${number}`),
  };
  const handle = client.workflow.getHandle<typeof task>(taskWorkflowId(id));
  return {
    input,
    item,
    policy: PATIENT_POLICY,
    effects: [],
    gate: Promise.resolve(null),
    asked: [],
    brokenRequests: 0,
    analyses: 0,
    agentGate: Promise.resolve(null),
    undone: [],
    brokenKills: 0,
    handle,
    hint: () => handle.signal(boardChanged),
  };
}

async function startTask(client: Client, input: TaskInput): Promise<void> {
  await client.workflow.start<typeof task>('task', {
    workflowId: taskWorkflowId(input.id),
    taskQueue: QUEUES.flow,
    args: [{ input, carried: null }],
  });
}

type SceneOf = (key: string) => Scene;

function flowActivities(sceneOf: SceneOf, client: Client): Partial<FlowActivities> {
  return {
    readPolicy: () => Promise.resolve(PATIENT_POLICY),
    readItem: ({ itemId }) => Promise.resolve(sceneOf(itemId).item),
    applyEffects: async ({ task: { itemId }, effects }) => {
      const scene = sceneOf(itemId);
      await scene.gate;
      scene.effects.push(...effects);
      return { policy: null };
    },
    requestGrant: async ({ repo, request }) => {
      const scene = sceneOf(repo);
      scene.asked.push(request.life);
      await requestGrant(client.workflow, { repo, request });
      if (scene.brokenRequests === 0) return;
      scene.brokenRequests -= 1;
      throw ApplicationFailure.nonRetryable('the answer was lost');
    },
    requestAgentSlot: async ({ request: { workflowId, requestId } }) => {
      await client.workflow
        .getHandle(workflowId)
        .signal(slotAnswered, { kind: 'granted', requestId });
    },
    findDeadHolders: () => Promise.resolve({ requestIds: [] }),
    closePullRequest: ({ repo, number }) => {
      sceneOf(repo).undone.push(`closed #${number}`);
      return Promise.resolve();
    },
  };
}

function hostActivities(
  scenes: Map<string, Scene>,
  sceneOf: SceneOf,
): Partial<HostActivities & ControlActivities> {
  return {
    killRun: ({ key }) => {
      const scene = sceneOf(key.life);
      scene.brokenKills -= 1;
      if (scene.brokenKills >= 0) throw new Error('it does not die');
      scene.undone.push(`killed ${key.stage} ${key.iteration}`);
      return Promise.resolve();
    },
    preserveWork: ({ task: { itemId }, workHead, run }) => {
      sceneOf(itemId).undone.push(
        `kept the work of ${run === null ? 'nobody' : `${run.agent} the ${run.role}`}`,
      );
      return Promise.resolve({ sha: workHead });
    },
    billStoppedRun: ({ key }) => {
      sceneOf(key.life).undone.push('billed the run');
      return Promise.resolve({ runId: 'run-stopped', wasLaunched: true, usage: null, seconds: 3 });
    },
    closeWorkspace: ({ task: { itemId } }) => {
      sceneOf(itemId).undone.push('closed the workspace');
      return Promise.resolve();
    },
    claimWorkspace: () => Promise.resolve({ host: HOST, agentSlots: 2 }),
    prepareWorkspace: () =>
      Promise.resolve({ baseSha: sha('a'), workHead: sha('a'), branchHead: null }),
    produce: async ({ task: { itemId, life }, key, role, workHead, branchHead }) => {
      const scene = sceneOf(itemId);
      scenes.set(life, scene);
      scene.analyses += 1;
      await scene.agentGate;
      const { stage } = key;
      const run = { runId: `run-${scene.analyses}`, stage, role, end: 'finished' as const };
      return Promise.resolve({
        kind: 'ended' as const,
        run: { ...run, seconds: 1, usage: null },
        workHead,
        branchHead,
        verdict: { kind: 'questions' as const, count: 1 },
        documents: [],
        dropped: [],
      });
    },
  };
}
