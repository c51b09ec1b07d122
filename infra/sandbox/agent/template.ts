/** The values a template may name. */
export type TemplateValues = Record<'task' | 'title' | 'slug' | 'documents', string>;

function quoteForCode(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

/**
 * Replaces `{{name}}` by its value and `{{name|js}}` by a JavaScript string literal, in one pass, so
 * a value that looks like a placeholder stays as it is. Throws on an unknown name.
 */
export function fillTemplate(template: string, values: TemplateValues): string {
  return template.replace(/\{\{(\w+)(\|js)?\}\}/g, (_, name: string, asCode?: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`A template names the unknown {{${name}}}`);
    const value = values[name as keyof TemplateValues];
    return asCode === undefined ? value : quoteForCode(value);
  });
}
