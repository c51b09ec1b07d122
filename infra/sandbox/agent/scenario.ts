import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { Role, type TaskFile } from './task-file.ts';

/** One thing the agent does. Texts and paths are templates; `from` names a file in scenarios/templates. */
const Step = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('read'), path: z.string() }),
  z.strictObject({ kind: z.literal('write'), path: z.string(), from: z.string() }),
  z.strictObject({
    kind: z.literal('replace'),
    path: z.string(),
    find: z.string(),
    with: z.string(),
  }),
  z.strictObject({
    kind: z.literal('addLine'),
    path: z.string(),
    below: z.string(),
    line: z.string(),
  }),
]);
export type Step = z.infer<typeof Step>;

const tokens = z.int().min(0);
const TokenCounts = z.strictObject({
  input: tokens,
  cacheWrite: tokens,
  cacheRead: tokens,
  output: tokens,
});
export type TokenCounts = z.infer<typeof TokenCounts>;

const Performance = z.strictObject({
  whenReturns: z.int().min(0).optional(),
  whenAnswered: z.boolean().optional(),
  opening: z.string(),
  steps: z.array(Step),
  closing: z.string(),
  usage: TokenCounts,
});
/** How a role acts once: its words, its steps and what they cost. */
export type Performance = z.infer<typeof Performance>;

const Scenario = z.strictObject({
  description: z.string(),
  extends: z.string().optional(),
  roles: z.partialRecord(Role, z.array(Performance)),
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

/** The first performance of the task's role that fits, in its scenario or the one that extends; throws when none does. */
export function choosePerformance(task: TaskFile): Performance {
  let name: string | undefined = task.scenario;
  while (name !== undefined) {
    const scenario = loadScenario(name);
    const found = scenario.roles[task.role]?.find((candidate) => fits(candidate, task));
    if (found) return found;
    name = scenario.extends;
  }
  throw new Error(`The scenario "${task.scenario}" has nothing for the ${task.role}`);
}

/** The text of a template under scenarios/templates. */
export function readTemplate(name: string): string {
  return readFileSync(new URL(`templates/${name}`, scenarioFolder), 'utf8');
}
