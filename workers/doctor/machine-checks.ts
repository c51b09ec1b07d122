import { detectSandbox } from '../../activities/runs/sandbox/detect.ts';
import { checkProgram, isOlder } from './check-program.ts';
import { ok, problem, warning } from './finding.ts';
import type { Check, Finding } from './finding.ts';

const OLDEST_NODE = '24.0.0';
const OLDEST_GIT = '2.31';

/** What the machine brings: Node, git and the small tools runs stand on. `path` = where programs are searched. */
export function machineChecks(path: string, requireSandbox: boolean): readonly Check[] {
  return [
    { name: 'node', fix: 'install Node 26', look: () => Promise.resolve([checkNode()]) },
    ...TOOLS.map(({ name, args, minimum, fix }) => ({
      name,
      fix,
      look: async () => [
        await checkProgram({
          ...{ check: name, command: [name], path, versionArgs: args, minimum, fix },
        }),
      ],
    })),
    {
      name: 'sandbox',
      fix: 'apt-get install bubblewrap',
      look: async () => [await checkSandbox(path, requireSandbox)],
    },
  ];
}

const TOOLS = [
  // 2.31 brought GIT_CONFIG_COUNT: a token that is neither in argv nor on disk.
  { name: 'git', args: ['--version'], minimum: OLDEST_GIT, fix: 'apt-get install git' },
  { name: 'bash', args: ['--version'], minimum: null, fix: 'apt-get install bash' },
  { name: 'flock', args: ['--version'], minimum: null, fix: 'apt-get install util-linux' },
  { name: 'setpriv', args: ['--version'], minimum: null, fix: 'apt-get install util-linux' },
] as const;

function checkNode(): Finding {
  const { node } = process.versions;
  const text = `${node} (${process.execPath})`;
  return isOlder(node, OLDEST_NODE)
    ? problem('node', `${text} is too old: ${OLDEST_NODE} is needed`, 'install Node 26')
    : ok('node', text);
}

async function checkSandbox(path: string, isRequired: boolean): Promise<Finding> {
  const support = await detectSandbox(path);
  if (support.kind === 'available') return ok('sandbox', 'bubblewrap isolates a run here');
  const consequence = isRequired ? 'the runner will not start' : 'agents run unprotected';
  const find = isRequired ? problem : warning;
  return find('sandbox', `${support.reason}; ${consequence}`, support.fix);
}
