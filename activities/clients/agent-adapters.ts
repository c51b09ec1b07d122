import type { AgentName } from '../../workflows/domain/runs.ts';
import type { AgentAdapter } from './agent-adapter.ts';
import { claudeAdapter } from './claude/adapter.ts';
import { codexAdapter } from './codex/adapter.ts';
import { commandAdapter } from './command/adapter.ts';

/** Every adapter, by its name. */
export const AGENT_ADAPTERS: Readonly<Record<AgentName, AgentAdapter>> = {
  claude: claudeAdapter,
  codex: codexAdapter,
  command: commandAdapter,
};

/** Adapters whose agents print a stream of JSON lines; a line says something to at most one of them. */
export const STREAM_ADAPTERS: readonly AgentAdapter[] = [claudeAdapter, codexAdapter];
