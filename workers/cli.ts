import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CliProblem, EXIT } from './cli-problem.ts';
import type { DemoOptions } from './commands/demo.ts';
import type { DevOptions } from './commands/dev.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { BudgetOptions } from './commands/task-budget.ts';
import type { LogOptions } from './commands/task-logs.ts';
import { loadEnvFile } from './config.ts';
import { ConfigurationError } from './env-reader.ts';

const HELP = `
Exit codes: 0 done, 1 it failed, 2 wrong use or configuration, 3 no such task.
Settings come from the environment and .env; .env.example explains each.`;

/** The command line `orch`. Each command lives in commands/ and is loaded only when it is run. */
function createProgram(): Command {
  const program = new Command('orch')
    .description('Takes board items to production, unattended.')
    .addHelpText('after', HELP)
    .option('--env <file>', 'read settings from this file instead of .env')
    .hook('preAction', () => {
      loadEnvFile(program.opts<{ env?: string }>().env ?? null);
    })
    .exitOverride();
  addServices(program);
  addTask(program.command('task').description('look at tasks'));
  addMoney(program);
  addLedger(program.command('ledger').description('look after the ledger'));
  addDoctor(program);
  addPlayground(program);
  return program;
}

function addServices(program: Command): void {
  program
    .command('api')
    .description('receive webhooks, show where tasks stand')
    .action(async () => {
      end(await (await import('./commands/api.ts')).api());
    });
  program
    .command('runner')
    .description('start and end the processes of runs; outlives the workers, needs no token')
    .action(async () => {
      end(await (await import('./commands/runner.ts')).runner());
    });
  const worker = program.command('worker').description('do the work');
  worker
    .command('flow')
    .description('workflows and short activities; holds the tokens of board, forge and chat')
    .action(async () => {
      end(await (await import('./commands/worker.ts')).workerFlow());
    });
  worker
    .command('agents')
    .description('agent runs, git, gates, builds and deploys of this host')
    .action(async () => {
      end(await (await import('./commands/worker.ts')).workerAgents());
    });
}

function addMoney(program: Command): void {
  program
    .command('agents')
    .description('who works and who waits, by host and provider')
    .option('--json', 'write JSON')
    .action(async (options: { json?: boolean }) => {
      end(await (await import('./commands/agents.ts')).agents(options));
    });
  program
    .command('budget <project>')
    .description('what a project spent and may spend')
    .option('--json', 'write JSON')
    .action(async (project: string, options: { json?: boolean }) => {
      end(await (await import('./commands/budget.ts')).budget(project, options));
    });
}

function addLedger(ledger: Command): void {
  ledger
    .command('migrate')
    .description('bring the schema of a ledger on a Postgres server up to date')
    .action(async () => {
      end(await (await import('./commands/ledger.ts')).ledgerMigrate());
    });
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look at everything the processes stand on, and say how to mend it; 0 = all well')
    .option(
      '--process <name>',
      'only what flow, agents, runner or api needs; repeatable',
      collect,
      [],
    )
    .option('--json', 'write JSON')
    .action(async (options: DoctorOptions) => {
      end(await (await import('./commands/doctor.ts')).doctor(options));
    });
}

function addTask(task: Command): void {
  const load = () => import('./commands/task.ts');
  const asJson = ['--json', 'write JSON'] as const;
  task
    .command('list')
    .description('open tasks, then those ended lately')
    .option(...asJson)
    .action(async (options: { json?: boolean }) => {
      end(await (await load()).taskList(options));
    });
  task
    .command('show <id>')
    .description('stage, what it waits for, runs with their cost, links')
    .option(...asJson)
    .action(async (id: string, options: { json?: boolean }) => {
      end(await (await load()).taskShow(id, options));
    });
  task
    .command('watch <id>')
    .description('a line at every change until it ends; 0 = done')
    .action(async (id: string) => {
      end(await (await load()).taskWatch(id));
    });
  task
    .command('logs <id>')
    .description('what its agent says and does: the run under way, or the last')
    .option('-f, --follow', 'go on with what comes, until it waits for a person or ends')
    .option('--run <run>', 'that run; "orch task show" lists them')
    .option('--json', "the agent's own lines, each a JSON object")
    .action(async (id: string, options: LogOptions) => {
      end(await (await import('./commands/task-logs.ts')).taskLogs(id, options));
    });
  task
    .command('budget <id>')
    .description('what it spent and may spend; lets it spend more')
    .option('--add <usd>', 'dollars to add for this life of the task')
    .option('--id <id>', 'ask again under the id of an addition nobody answered: it is added once')
    .option(...asJson)
    .action(async (id: string, options: BudgetOptions) => {
      end(await (await import('./commands/task-budget.ts')).taskBudget(id, options));
    });
  task
    .command('stop <id>')
    .description('end its run, keep its work, cancel it; what landed stays')
    .option(...asJson)
    .action(async (id: string, options: { json?: boolean }) => {
      end(await (await import('./commands/task-stop.ts')).taskStop(id, options));
    });
}

function addPlayground(program: Command): void {
  const playground = (name: string): Command =>
    program
      .command(name)
      // A playground has something to end first: it listens itself.
      .hook('preAction', () => void process.stdout.off('error', leave))
      .option('--data <dir>', 'where it keeps everything', `.data/${name}`)
      .option('--port <name=number>', 'use another port; 0 = any free one; repeatable', collect, [])
      .addOption(paceOption());
  playground('dev')
    .description('start everything on the sandbox and stay up')
    .action(async (options: DevOptions) => {
      end(await (await import('./commands/dev.ts')).dev(options));
    });
  playground('demo')
    .description('take three items from the board to production on the sandbox, and prove it')
    .option('--keep', 'leave everything up afterwards', false)
    .option('--json', 'write only the result, as JSON', false)
    .option('--tasks <n>', 'play only the first n, 1 to 3', taskCount, 3)
    .action(async (options: DemoOptions) => {
      end(await (await import('./commands/demo.ts')).demo(options));
    });
}

const paceOption = (): Option =>
  new Option('--pace-ms <ms>', 'pause of the scripted agent between two steps')
    .argParser(wholeMs)
    .default(200)
    .env('SCRIPTED_AGENT_PACE_MS');

const collect = (value: string, earlier: readonly string[]): string[] => [...earlier, value];

function wholeMs(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function taskCount(text: string): number {
  if (!/^[1-3]$/.test(text)) throw new InvalidArgumentError('It must be 1, 2 or 3.');
  return Number(text);
}

const end = (code: number): void => {
  process.exitCode = code;
};

/** The exit code of a failure, after saying it once on stderr. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const isExpected = error instanceof CliProblem || error instanceof ConfigurationError;
  const text = error instanceof Error && !isExpected ? (error.stack ?? error.message) : error;
  process.stderr.write(`${text instanceof Error ? text.message : String(text)}\n`);
  if (error instanceof CliProblem) return error.exitCode;
  return error instanceof ConfigurationError ? EXIT.usage : EXIT.failed;
}

// A reader that went away, such as `head`, is no failure.
const leave = (): void => process.exit();
process.stdout.on('error', leave);
try {
  await createProgram().parseAsync();
} catch (error) {
  end(explain(error));
}
process.exit();
