/** Says on stdout, in one JSON line, that a process is ready; whoever started it waits for this. */
export function announce(ready: { name: string } & Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}
