import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { Step } from './steps.ts';
import { Role, type TaskFile } from './task-file.ts';
import { TokenCounts } from './tokens.ts';

const Performance = z.strictObject({
  whenReturns: z.int().min(0).optional(),
  whenAnswered: z.boolean().optional(),
  opening: z.string(),
  steps: z.array(Step),
  /** what it does once its result is out */
  afterwards: z.array(Step).default([]),
  closing: z.string(),
  usage: TokenCounts,
});
/** How a role acts once: its words, its steps and what they cost. */
export type Performance = z.infer<typeof Performance>;

const some = z.array(Step).default([]);
/** Steps put into a performance of the scenario that is extended: before it, at half of it, behind it, and behind its result. */
const Twist = z.strictObject({ first: some, middle: some, last: some, afterwards: some });

const Scenario = z.strictObject({
  description: z.string(),
  extends: z.string().optional(),
  roles: z.partialRecord(Role, z.array(Performance)).default({}),
  twists: z.partialRecord(Role, Twist).default({}),
});

const scenarioFolder = new URL('scenarios/', import.meta.url);

function loadScenario(name: string) {
  const file = new URL(`${name}.json`, scenarioFolder);
  if (!existsSync(file)) throw new Error(`There is no scenario "${name}"`);
  return Scenario.parse(JSON.parse(readFileSync(file, 'utf8')));
}

const fits = ({ whenReturns, whenAnswered }: Performance, task: TaskFile) =>
  (whenReturns ?? task.returns) === task.returns &&
  (whenAnswered ?? task.answered) === task.answered;

function twist(performance: Performance, by: z.infer<typeof Twist> | undefined): Performance {
  if (by === undefined) return performance;
  const { steps, afterwards } = performance;
  const half = Math.ceil(steps.length / 2);
  return {
    ...performance,
    steps: [...by.first, ...steps.slice(0, half), ...by.middle, ...steps.slice(half), ...by.last],
    afterwards: [...afterwards, ...by.afterwards],
  };
}

function findPerformance(name: string, task: TaskFile): Performance | null {
  const scenario = loadScenario(name);
  const own = scenario.roles[task.role]?.find((candidate) => fits(candidate, task));
  const found =
    own ?? (scenario.extends === undefined ? null : findPerformance(scenario.extends, task));
  return found && twist(found, scenario.twists[task.role]);
}

/** The first performance of the task's role that fits, in its scenario or the one that extends, with the twists on the way; throws when none does. */
export function choosePerformance(task: TaskFile): Performance {
  const found = findPerformance(task.scenario, task);
  if (found) return found;
  throw new Error(`The scenario "${task.scenario}" has nothing for the ${task.role}`);
}

/** The text of a template under scenarios/templates. */
export function readTemplate(name: string): string {
  return readFileSync(new URL(`templates/${name}`, scenarioFolder), 'utf8');
}
