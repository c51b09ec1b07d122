import { readFileSync } from 'node:fs';
import { decide } from '../../workflows/domain/decide.ts';
import type { StageOutcome } from '../../workflows/domain/decide.ts';
import { STAGES } from '../../workflows/domain/stages.ts';
import type { StageName, TaskStage, Track } from '../../workflows/domain/stages.ts';
import { defaultPolicy, taskAt } from '../world/task-at.ts';

type Kind = 'pass' | 'asked-again' | 'conflict' | 'fail' | 'rereview' | 'stale' | 'ended';

/** One example of each outcome that moves a task, in the order the arrows are drawn. */
const OUTCOMES: Readonly<Record<Kind, readonly StageOutcome[]>> = {
  pass: [{ kind: 'pass', notes: [] }],
  'asked-again': [{ kind: 'asked-again', reason: '' }],
  conflict: [{ kind: 'conflict', mustFixRef: null }],
  fail: [{ kind: 'fail', reason: '', mustFixRef: null }],
  rereview: [{ kind: 'rereview', reason: '' }],
  stale: [{ kind: 'stale', reason: '', lostRace: true }],
  ended: [
    { kind: 'ended', as: 'none' },
    { kind: 'ended', as: 'refused' },
  ],
};

/** The stage machine as a Mermaid diagram: stages from the table, arrows from what `decide` answers a fresh task. */
export function drawStages(): string {
  const stages = Object.keys(STAGES) as StageName[];
  const hyphenated = stages.filter((stage) => stage.includes('-'));
  const lines = [
    'stateDiagram-v2',
    ...hyphenated.map((stage) => `  state "${stage}" as ${idOf(stage)}`),
    '  [*] --> created',
    ...stages.flatMap(drawArrows),
  ];
  return `${lines.join('\n')}\n`;
}

function drawArrows(stage: StageName): string[] {
  const labels = new Map<string, string[]>();
  for (const kind of kindsOf(stage)) {
    for (const outcome of OUTCOMES[kind]) {
      for (const [to, label] of leadsTo(stage, outcome)) {
        labels.set(to, [...(labels.get(to) ?? []), label]);
      }
    }
  }
  return [...labels].map(([to, all]) => `  ${idOf(stage)} --> ${to}: ${all.join(', ')}`);
}

/** Where an outcome leads; a pass that differs by track says which. */
function leadsTo(stage: StageName, outcome: StageOutcome): [string, string][] {
  const [full, bug] = (['full', 'bug'] as const).map((track) => goal(stage, track, outcome));
  const label = outcome.kind === 'ended' ? outcome.as : outcome.kind;
  if (full === bug) return [[String(full), label]];
  return [
    [String(full), `${label} (full)`],
    [String(bug), `${label} (bug)`],
  ];
}

function goal(stage: StageName, track: Track, outcome: StageOutcome): string {
  const decision = decide(taskAt(stage, { track }), outcome, defaultPolicy);
  if ('to' in decision) return idOf(decision.to);
  if (decision.kind === 'again') return idOf(stage);
  if (decision.kind === 'end') return '[*]';
  throw new Error(`${outcome.kind} of ${stage} moves nothing`);
}

const idOf = (stage: TaskStage): string => (stage === 'done' ? '[*]' : stage.replaceAll('-', '_'));

/** The outcomes the code of a stage can have, read from its source and from the gates it and the wait for CI call. */
function kindsOf(stage: StageName): Kind[] {
  const source = readFileSync(`workflows/stages/${stage}.ts`, 'utf8');
  const ci = source.includes("from './ci.ts'")
    ? readFileSync('workflows/stages/ci.ts', 'utf8')
    : '';
  const called = GATES.filter(({ name }) => `${source}${ci}`.includes(`${name}(`));
  const code = [source, ci, ...called.map(({ body }) => body)].join('\n');
  return (Object.keys(OUTCOMES) as Kind[]).filter((kind) => code.includes(`kind: '${kind}'`));
}

/** The gates as source text, one function each. */
const GATES = ['gates', 'role-gates'].flatMap((file) => {
  const [, ...functions] = readFileSync(`workflows/domain/${file}.ts`, 'utf8').split(
    'export function ',
  );
  return functions.map((body) => ({ name: /^\w+/.exec(body)?.[0] ?? '', body }));
});
