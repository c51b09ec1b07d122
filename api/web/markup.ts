/** HTML that is already safe; only `html` makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Slot = string | number | Markup | readonly Markup[] | null;

/** A template whose slots are escaped unless they are markup; null leaves nothing. */
export function html(parts: TemplateStringsArray, ...slots: readonly Slot[]): Markup {
  const text = parts.map((part, at) => part + (at < slots.length ? fill(slots[at] ?? null) : ''));
  return new Markup(text.join(''));
}

function fill(slot: Slot): string {
  if (slot === null) return '';
  if (slot instanceof Markup) return slot.text;
  if (typeof slot === 'object') return slot.map((markup) => markup.text).join('');
  return escapeHtml(String(slot));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
