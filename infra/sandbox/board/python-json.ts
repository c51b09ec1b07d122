/** The wire form of a float that Python writes as `65535.0` where JavaScript would write `65535`. */
const FLOAT_KEYS = new Set(['sort_order', 'sequence', 'epoch']);

interface Style {
  /** After a comma and a colon. */
  readonly gap: '' | ' ';
  readonly ascii: boolean;
}

/** Renders as Python's `json.dumps` does by default: spaces after separators, non-ASCII escaped. Source: the board's webhook body. */
export function dumpWebhookJson(value: unknown): string {
  return dump(value, { gap: ' ', ascii: true });
}

/** Renders as the board's REST answers are: compact, UTF-8, floats with their point. */
export function dumpRestJson(value: unknown): string {
  return dump(value, { gap: '', ascii: false });
}

function dump(value: unknown, style: Style): string {
  if (Array.isArray(value)) {
    return `[${value.map((entry) => dump(entry, style)).join(`,${style.gap}`)}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([key, member]) => {
      const text =
        FLOAT_KEYS.has(key) && Number.isInteger(member)
          ? `${String(member)}.0`
          : dump(member, style);
      return `${dumpText(key, style)}:${style.gap}${text}`;
    });
    return `{${members.join(`,${style.gap}`)}}`;
  }
  return typeof value === 'string' ? dumpText(value, style) : JSON.stringify(value ?? null);
}

function dumpText(text: string, { ascii }: Style): string {
  const quoted = JSON.stringify(text);
  if (!ascii) return quoted;
  // UTF-16 units, so a character outside the basic plane becomes a surrogate pair, as in Python.
  return quoted.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
