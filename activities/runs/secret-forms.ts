const SHORTEST_FORM = 8;

/** How a value stands in text as it is: plain, in a JSON string, in a URL. */
export function plainForms(value: string): Buffer[] {
  const json = JSON.stringify(value).slice(1, -1);
  return distinct([value, json, encodeURIComponent(value)].map((text) => Buffer.from(text)));
}

/** How a value stands in text that encodes bytes: hex, and base64 of both alphabets at the three alignments a value can have. */
export function encodedForms(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const texts = [hex, hex.toUpperCase()];
  for (const shift of [0, 1, 2]) {
    const base64 = base64Core(bytes, shift);
    texts.push(base64, base64.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return distinct(texts.map((text) => Buffer.from(text)));
}

/** The characters of base64 that depend on nothing but `bytes`, where `shift` other bytes stand before them in their group of three. */
function base64Core(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
}

function distinct(forms: readonly Buffer[]): Buffer[] {
  const byText = new Map(forms.map((form) => [form.toString('latin1'), form]));
  return [...byText.values()].filter(({ length }) => length >= SHORTEST_FORM);
}
