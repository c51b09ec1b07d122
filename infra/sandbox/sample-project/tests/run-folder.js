import { readdir } from 'node:fs/promises';

/** Runs every *.test.js of a folder in this process, which is several times faster than one process a file. */
export async function runFolder(folder) {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.test.js')).sort();
  if (files.length === 0) throw new Error(`no tests in ${folder.pathname}`);
  for (const file of files) await import(new URL(file, folder));
}
