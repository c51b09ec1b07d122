/** HTML that is safe to send: every slot in it was escaped. Made only in this file. */
export interface Html {
  readonly markup: string;
}

type Slot = string | number | Html | readonly Html[];

/**
 * Template tag: its own text is markup, every slot is data and is escaped, unless it is Html already. Not called `html`: the
 * formatter would re-flow the text, and a chat shows every line break. Source: ORCH-095.
 */
export function rich(strings: TemplateStringsArray, ...slots: readonly Slot[]): Html {
  const markup = strings.reduce((text, part, index) => {
    const slot = slots[index - 1];
    return `${text}${slot === undefined ? '' : markupOf(slot)}${part}`;
  });
  return { markup };
}

/** The parts one after another, with `separator` (data) between them. */
export function joinHtml(parts: readonly Html[], separator: string): Html {
  return { markup: parts.map((part) => part.markup).join(escapeHtml(separator)) };
}

/** A link for people, or just its text when the address is none they could follow. */
export function linkTo(url: string | null, text: string): Html {
  return url !== null && /^https?:\/\//i.test(url)
    ? rich`<a href="${url}">${text}</a>`
    : rich`${text}`;
}

/** The one place that escapes. Good for text and for quoted attributes, on the board and in the chat. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function markupOf(slot: Slot): string {
  if (typeof slot === 'string' || typeof slot === 'number') return escapeHtml(String(slot));
  if ('markup' in slot) return slot.markup;
  return slot.map((part) => part.markup).join('');
}

/** At most `length` characters, whole ones, with an ellipsis when something was cut. Cut before escaping, never after. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
