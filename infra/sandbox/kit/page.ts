/** Markup that is safe to send: made by `html` or vouched for with `raw`. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Slot = Markup | string | number | null | undefined | false | readonly Slot[];

/** Escapes a text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Template tag: escapes every slot that is not Markup, joins arrays, and shows null, undefined and false as nothing. */
export function html(parts: TemplateStringsArray, ...slots: Slot[]): Markup {
  return new Markup(parts.map((part, index) => part + fill(slots[index])).join(''));
}

/** Vouches for markup that was sanitised elsewhere. */
export function raw(text: string): Markup {
  return new Markup(text);
}

/** A whole page with the shared look; with `refreshSeconds` it reloads itself unless the person is in a form. */
export function page(content: { title: string; body: Markup; refreshSeconds?: number }): string {
  const { title, body, refreshSeconds } = content;
  const reload = refreshSeconds === undefined ? null : raw(reloadScript(refreshSeconds * 1000));
  const document = html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title}</title>
      <style>
        ${raw(STYLE)}
      </style>
      <body>
        ${body}
      </body>
      ${reload}
    </html> `;
  return document.text;
}

function fill(slot: Slot): string {
  if (slot === null || slot === undefined || slot === false) return '';
  if (slot instanceof Markup) return slot.text;
  return typeof slot === 'object' ? slot.map(fill).join('') : escapeHtml(String(slot));
}

function reloadScript(everyMs: number): string {
  return `<script>
    let touched = false;
    addEventListener('input', () => { touched = true; });
    setInterval(() => { if (!touched) location.reload(); }, ${everyMs});
  </script>`;
}

const STYLE = `
  :root { color-scheme: light dark; --line: light-dark(#d9dde3, #3a3f47); --card: light-dark(#fff, #1e2126);
    --dim: light-dark(#667, #9aa3ad); --accent: light-dark(#2457c5, #8ab0ff); }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 84rem;
    background: light-dark(#f5f6f8, #15171a); }
  h1 { font-size: 1.4rem; margin: 0 0 1rem } h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem }
  a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
  nav, .dim, time { color: var(--dim); font-size: .85rem }
  .card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; margin: 0 0 .6rem;
    overflow-wrap: anywhere }
  .columns { display: flex; gap: .8rem; overflow-x: auto; align-items: flex-start }
  .column { flex: 0 0 15rem } .columns h2 { margin: 0 0 .5rem }
  .split { display: grid; gap: 1.5rem; grid-template-columns: minmax(0, 2fr) minmax(16rem, 1fr) }
  @media (max-width: 50rem) { .split { grid-template-columns: 1fr } }
  .tag { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; white-space: nowrap }
  .ok { color: light-dark(#187a3b, #5fd38a) } .bad { color: light-dark(#b3261e, #ff8a80) } .wait { color: light-dark(#8a6100, #e8c268) }
  table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .8rem .3rem 0; vertical-align: top;
    border-bottom: 1px solid var(--line) }
  pre, code { font-family: ui-monospace, monospace; font-size: .85rem } pre { overflow-x: auto }
  label { display: block; margin: .5rem 0 .15rem; color: var(--dim); font-size: .85rem }
  input[type=text], select, textarea { font: inherit; width: 100%; box-sizing: border-box; padding: .35rem .5rem;
    border: 1px solid var(--line); border-radius: .35rem; background: transparent; color: inherit }
  button { font: inherit; padding: .35rem .9rem; margin: .4rem .3rem 0 0; border: 1px solid var(--line); border-radius: .35rem;
    background: var(--card); color: inherit; cursor: pointer } button:hover { border-color: var(--accent); color: var(--accent) }
`;
