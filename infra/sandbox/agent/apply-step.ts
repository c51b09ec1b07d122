import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { readTemplate } from './scenario.ts';
import type { Edit } from './steps.ts';
import type { ToolUse } from './stream.ts';
import { fillTemplate, type TemplateValues } from './template.ts';
import { initRepository } from './tricks/init-repository.ts';
import { findSecrets, showSecrets } from './tricks/secrets.ts';

/** The absolute path of `path` in the work tree `tree`; throws when it would leave it. */
export function locateInTree(tree: string, path: string): string {
  const located = join(tree, path);
  if (!located.startsWith(normalize(tree + sep))) throw new Error(`${path} leaves the work tree`);
  return located;
}

const readIfThere = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : null);

function writeWhole(file: string, content: string): ToolUse {
  const verb = existsSync(file) ? 'updated' : 'created';
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return {
    tool: 'Write',
    input: { file_path: file, content },
    output: `File ${verb} successfully at: ${file}`,
  };
}

function edit(file: string, { find, by }: { find: string; by: string }): ToolUse | null {
  const content = readIfThere(file);
  if (!content?.includes(find)) return null;
  writeFileSync(
    file,
    content.replace(find, () => by),
  );
  return {
    tool: 'Edit',
    input: { file_path: file, old_string: find, new_string: by },
    output: `The file ${file} has been updated successfully.`,
  };
}

/** Puts `line` on top of the list under the heading `below`, or at the end of a file without it. */
function addLine(file: string, { below, line }: { below: string; line: string }): ToolUse | null {
  const content = readIfThere(file) ?? '';
  const lines = content.split('\n');
  if (lines.includes(line)) return null;
  const heading = lines.indexOf(below);
  if (heading < 0)
    return writeWhole(file, `${content.trimEnd()}\n\n${below}\n\n${line}\n`.trimStart());
  const next = lines.findIndex((text, index) => index > heading && text !== '');
  const first = lines[next];
  return first?.startsWith('- ')
    ? edit(file, { find: `${first}\n`, by: `${line}\n${first}\n` })
    : edit(file, { find: `${below}\n`, by: `${below}\n\n${line}\n` });
}

function link(file: string, to: string): ToolUse {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  symlinkSync(to, file);
  return { tool: 'Bash', input: { command: `ln -s ${to} ${file}` }, output: '' };
}

function fillFile(file: string, bytes: number): ToolUse {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.alloc(bytes, 'scripted '));
  const command = `head -c ${bytes} /dev/urandom > ${file}`;
  return { tool: 'Bash', input: { command }, output: '' };
}

function applyEdit(step: Edit, file: string, values: TemplateValues): ToolUse | null {
  const fill = (template: string) => fillTemplate(template, values);
  switch (step.kind) {
    case 'read':
      return {
        tool: 'Read',
        input: { file_path: file },
        output: readIfThere(file) ?? 'File does not exist.',
      };
    case 'write': {
      const use = writeWhole(file, fill(readTemplate(step.from)));
      if (step.executable) chmodSync(file, 0o755);
      return use;
    }
    case 'replace':
      return edit(file, { find: fill(step.find), by: fill(step.with) });
    case 'addLine':
      return addLine(file, { below: step.below, line: fill(step.line) });
    case 'link':
      return link(file, step.to);
    case 'fill':
      return fillFile(file, step.bytes);
    case 'repository':
      return initRepository(file);
    case 'writeSecrets':
      return writeWhole(file, showSecrets(findSecrets(process.env), 'utf8'));
  }
}

/**
 * Does one edit in the work tree and answers the tool call that did it, null when the tree is
 * already as the step wants it. Doing it again changes nothing more. What the system refuses is the
 * output of a failed call.
 */
export function applyStep(step: Edit, tree: string, values: TemplateValues): ToolUse | null {
  const file = locateInTree(tree, fillTemplate(step.path, values));
  try {
    return applyEdit(step, file, values);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const input = { file_path: file };
    return { tool: 'Write', input, output: `Error: ${error.message}`, failed: true };
  }
}
