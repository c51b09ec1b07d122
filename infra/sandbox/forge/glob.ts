/** A glob as a whole-text pattern: `**` is any text, `*` any text or, with a separator, any text without it, `?` one character. */
export function globPattern(glob: string, separator = ''): RegExp {
  const any = separator === '' ? '.*' : `[^${separator}]*`;
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*|\*|\?/g, (wildcard) =>
      wildcard === '**' ? '.*' : wildcard === '*' ? any : '.',
    );
  return new RegExp(`^${source}$`, 's');
}
