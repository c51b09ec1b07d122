import { execFile } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

const CHUNK_BYTES = 64 * 1024;

/** One end of a pipe for a command's output. */
export interface OutputPipe {
  /** descriptor for the command */
  writeEnd: number;
  /** Closes our copy of the write end: the command must be its only writer. */
  started: () => void;
  /** Hands on each piece; it is only good until the call returns. Settles when nobody can write any more, or after `stop`. */
  read: (onBytes: (bytes: Buffer) => void) => Promise<void>;
  stop: () => void;
}

/**
 * Makes real pipes, through names at `paths` that are gone again when it returns: Node's own are sockets, which a script cannot
 * open again as /dev/stdout. They are read into one buffer each.
 */
export async function openOutputPipes(paths: readonly string[]): Promise<OutputPipe[]> {
  for (const path of paths) rmSync(path, { force: true });
  await promisify(execFile)('mkfifo', ['-m', '600', ...paths]);
  return paths.map((path) => {
    // The read end first, without waiting: the write end then opens at once.
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY);
    rmSync(path);
    return openPipe(readEnd, writeEnd);
  });
}

function openPipe(readEnd: number, writeEnd: number): OutputPipe {
  let handOn: (bytes: Buffer) => void = () => undefined;
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const socket = new Socket({
    fd: readEnd,
    readable: true,
    writable: false,
    onread: {
      buffer,
      callback: (count) => {
        handOn(buffer.subarray(0, count));
        return true;
      },
    },
  });
  socket.pause();
  // A broken pipe is its end.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
  return {
    writeEnd,
    started: () => {
      closeSync(writeEnd);
    },
    read: (onBytes) => {
      handOn = onBytes;
      socket.resume();
      return closed;
    },
    stop: () => {
      socket.destroy();
    },
  };
}
