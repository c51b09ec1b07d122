import { pino } from 'pino';
import type { Logger } from 'pino';
import type { LogLevel } from './config.ts';

/** A logger that writes JSON lines to stderr, each with the process's name. stdout is left to the command's own answer. */
export function createLogger(name: string, level: LogLevel): Logger {
  return pino({ name, level }, pino.destination({ fd: 2, sync: true }));
}
