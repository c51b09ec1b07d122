import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { readTemplate, type Step } from './scenario.ts';
import { fillTemplate, type TemplateValues } from './template.ts';

/** A tool call as the stream shows it: what was asked and what came back. */
export interface ToolUse {
  tool: 'Read' | 'Write' | 'Edit';
  input: Record<string, string>;
  output: string;
}

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

/**
 * Does one step in the work tree and answers the tool call that did it, null when the tree is
 * already as the step wants it. Doing it again changes nothing more.
 */
export function applyStep(step: Step, tree: string, values: TemplateValues): ToolUse | null {
  const fill = (template: string) => fillTemplate(template, values);
  const file = locateInTree(tree, fill(step.path));
  switch (step.kind) {
    case 'read':
      return {
        tool: 'Read',
        input: { file_path: file },
        output: readIfThere(file) ?? 'File does not exist.',
      };
    case 'write':
      return writeWhole(file, fill(readTemplate(step.from)));
    case 'replace':
      return edit(file, { find: fill(step.find), by: fill(step.with) });
    case 'addLine':
      return addLine(file, { below: step.below, line: fill(step.line) });
  }
}
