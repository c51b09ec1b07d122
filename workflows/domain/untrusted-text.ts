/**
 * What a reader would not see but a model would: control characters but tab and line ends, marks that turn the direction of
 * writing, Unicode's invisible tag alphabet.
 */
const UNSEEN = /(?![\t\n\r\v\f\u0085])\p{Cc}|[\u202A-\u202E\u2066-\u2069]|[\u{E0000}-\u{E007F}]/gu;

/** Text of people or programs as one line, without what no reader would see. */
export function toOneLine(text: string): string {
  return text
    .replace(UNSEEN, '')
    .replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}

/** Text of people or programs as a Markdown quotation: every line of it, by any line end, is marked, so none can pose as ours. */
export function quoteText(text: string): string {
  return text
    .replace(UNSEEN, '')
    .trim()
    .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}
