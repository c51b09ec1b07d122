import { parseArgs } from 'node:util';

/** What the command line says that changes what the agent does; all else is accepted and has no effect. */
export interface CodexFlags {
  json: boolean;
  model: string;
  mayWrite: boolean;
  skipGitRepoCheck: boolean;
  ephemeral: boolean;
  directory: string | null;
  lastMessageFile: string | null;
  /** the session to go on with; 'last' = the newest */
  resume: { id: string } | 'last' | null;
  /** null = on stdin */
  prompt: string | null;
}

/** What clap says of a wrong command line; the program ends with exit code 2. */
export class UsageError extends Error {
  constructor(text: string) {
    super(`error: ${text}\n\nFor more information, try '--help'.`);
  }
}

const flag = { type: 'boolean' } as const;
const text = { type: 'string' } as const;

/** Taken before and behind `resume`. */
const GLOBAL = {
  config: { ...text, short: 'c', multiple: true },
  enable: { ...text, multiple: true },
  disable: { ...text, multiple: true },
  model: { ...text, short: 'm' },
  json: flag,
  'experimental-json': flag,
  'output-last-message': { ...text, short: 'o' },
  'skip-git-repo-check': flag,
  ephemeral: flag,
  'ignore-user-config': flag,
  'ignore-rules': flag,
  'dangerously-bypass-approvals-and-sandbox': flag,
  yolo: flag,
  image: { ...text, short: 'i', multiple: true },
} as const;
const BEFORE_RESUME = {
  cd: { ...text, short: 'C' },
  'add-dir': { ...text, multiple: true },
  sandbox: { ...text, short: 's' },
  profile: { ...text, short: 'p' },
  color: text,
  'output-schema': text,
  oss: flag,
  'local-provider': text,
  version: { ...flag, short: 'V' },
} as const;
const AFTER_RESUME = { last: flag, all: flag } as const;
const OPTIONS = { ...GLOBAL, ...BEFORE_RESUME, ...AFTER_RESUME };

const DEFAULT_MODEL = 'gpt-5.3-codex';
const SANDBOXES = ['read-only', 'workspace-write', 'danger-full-access'];
const USAGE = 'codex exec [OPTIONS] [PROMPT]\n       codex exec [OPTIONS] <COMMAND> [ARGS]';

const parse = (args: string[]) =>
  parseArgs({ args, options: OPTIONS, strict: false, allowPositionals: true, tokens: true });
type Parsed = ReturnType<typeof parse>;
type Token = Parsed['tokens'][number];

function unexpected(argument: string): UsageError {
  const tip = `  tip: to pass '${argument}' as a value, use '-- ${argument}'`;
  return new UsageError(`unexpected argument '${argument}' found\n\n${tip}\n\nUsage: ${USAGE}`);
}

function checkOption(token: Extract<Token, { kind: 'option' }>, resumed: boolean): void {
  const known = { ...GLOBAL, ...(resumed ? AFTER_RESUME : BEFORE_RESUME) };
  if (!Object.hasOwn(known, token.name)) throw unexpected(token.rawName);
  const { type } = OPTIONS[token.name as keyof typeof OPTIONS];
  if (type === 'string' && token.value === undefined) {
    throw new UsageError(
      `a value is required for '${token.rawName} <VALUE>' but none was supplied`,
    );
  }
  if (token.name === 'sandbox' && !SANDBOXES.includes(token.value ?? '')) {
    const possible = `  [possible values: ${SANDBOXES.join(', ')}]`;
    throw new UsageError(
      `invalid value '${token.value ?? ''}' for '--sandbox <SANDBOX_MODE>'\n${possible}`,
    );
  }
}

function checkTokens(tokens: readonly Token[]): void {
  let resumed = false;
  for (const token of tokens) {
    if (token.kind === 'option') checkOption(token, resumed);
    if (token.kind === 'positional') resumed ||= token.value === 'resume';
  }
}

/** A key of `-c key=value`, its TOML string without quotes. */
function findSetting({ values }: Parsed, key: string): string | undefined {
  const settings = (values.config ?? []) as string[];
  const line = settings.findLast((one) => one.startsWith(`${key}=`));
  return line?.slice(key.length + 1).replace(/^"(.*)"$/, '$1');
}

const sandboxOf = (parsed: Parsed) =>
  parsed.values.sandbox ?? findSetting(parsed, 'sandbox_mode') ?? 'read-only';

/** The positionals behind `exec`: `[PROMPT]`, or `resume <SESSION_ID>|--last [PROMPT]`. */
function readPositionals({ positionals, values }: Parsed): Pick<CodexFlags, 'resume' | 'prompt'> {
  const [first, ...rest] = positionals;
  const isResume = first === 'resume';
  const id = isResume && values.last !== true ? rest.shift() : undefined;
  const [prompt = null, extra] = isResume ? rest : positionals;
  if (extra !== undefined) throw unexpected(extra);
  if (!isResume) return { resume: null, prompt };
  return { resume: id === undefined ? 'last' : { id }, prompt };
}

/** Parses the arguments behind the program's name; throws UsageError as clap would complain. */
export function parseCodexFlags(argv: readonly string[]): CodexFlags {
  const [command, ...args] = argv;
  if (command !== 'exec' && command !== 'e') {
    throw new UsageError('the scripted agent is headless only: codex exec');
  }
  const parsed = parse(args);
  checkTokens(parsed.tokens);
  const { values } = parsed;
  const isSet = (...names: (keyof typeof OPTIONS)[]) => names.some((name) => values[name] === true);
  const valueOf = (name: keyof typeof OPTIONS) => values[name] as string | undefined;
  const { resume, prompt } = readPositionals(parsed);
  const trusted = isSet('dangerously-bypass-approvals-and-sandbox', 'yolo');
  return {
    json: isSet('json', 'experimental-json'),
    model: valueOf('model') ?? findSetting(parsed, 'model') ?? DEFAULT_MODEL,
    mayWrite: trusted || sandboxOf(parsed) !== 'read-only',
    skipGitRepoCheck: trusted || isSet('skip-git-repo-check'),
    ephemeral: isSet('ephemeral'),
    directory: valueOf('cd') ?? null,
    lastMessageFile: valueOf('output-last-message') ?? null,
    resume,
    prompt: prompt === '-' ? null : prompt,
  };
}
