import { describe, expect, it } from 'vitest';
import { createRedactor, findLeaks } from '../../../../activities/runs/redact.ts';
import { pick, seededRandom } from '../../../world/random.ts';

const KEY = { name: 'MODEL_KEY', value: 'sk-ant-7f3/Q+x_"9\\zz4tokenvalue' };
const CANARY = { name: 'canary', value: 'cnry5b1f0c77aa2e4d6f8890abcdef12' };
const SECRETS = [KEY, CANARY];

function redact(text: string | Buffer, sizes: () => number = () => 1_000_000) {
  const redactor = createRedactor(SECRETS);
  const bytes = Buffer.from(text as string);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = sizes();
    parts.push(Buffer.from(redactor.push(Buffer.from(bytes.subarray(at, at + size)))));
    at += size;
  }
  parts.push(redactor.end());
  return { text: Buffer.concat(parts).toString(), leaks: redactor.leaks() };
}

const base64 = (before: string, value: string, after: string) =>
  Buffer.from(`${before}${value}${after}`).toString('base64');

const FORMS: readonly (readonly [string, string])[] = [
  ['plain', KEY.value],
  ['in a JSON string', JSON.stringify({ text: KEY.value })],
  ['in a URL', `https://example.com/?q=${encodeURIComponent(KEY.value)}`],
  ['in hex', Buffer.from(KEY.value).toString('hex')],
  ['in upper-case hex', Buffer.from(KEY.value).toString('hex').toUpperCase()],
  ['in hex of a dump', (Buffer.from(KEY.value).toString('hex').match(/../g) ?? []).join(' ')],
  ...['', 'a', 'ab', 'abc'].map((before): [string, string] => [
    `in base64 after ${before.length} bytes`,
    base64(before, KEY.value, 'tail'),
  ]),
  ['in base64url', Buffer.from(`a${KEY.value}b`).toString('base64url')],
  [
    'in base64 of 76 columns',
    (base64('x'.repeat(41), KEY.value, 'y'.repeat(60)).match(/.{1,76}/g) ?? []).join('\n'),
  ],
  [
    'in base64 of 20 columns within a JSON string',
    JSON.stringify((base64('xy', KEY.value, 'y').match(/.{1,20}/g) ?? []).join('\r\n')),
  ],
];

describe('a redactor', () => {
  it.each(FORMS)('finds a secret %s and takes it out', (_form, text) => {
    const answer = redact(`before ${text} after`);
    expect(answer.leaks).toEqual(['MODEL_KEY']);
    expect(answer.text).toContain('[MODEL_KEY]');
    expect(answer.text).toMatch(/^before .* after$/s);
    expect(findLeaks(Buffer.from(answer.text), SECRETS)).toEqual([]);
  });

  it.each(FORMS)('finds it %s wherever the stream is cut', (_form, text) => {
    const whole = redact(`before ${text} after`);
    for (const size of [1, 2, 3, 7, 16])
      expect(redact(`before ${text} after`, () => size)).toEqual(whole);
  });

  it('leaves every other byte as it is', () => {
    const random = seededRandom(20_261_121);
    const noise = Buffer.from(Array.from({ length: 50_000 }, () => Math.floor(random() * 256)));
    const redactor = createRedactor(SECRETS);
    const parts = [redactor.push(noise), redactor.end()];
    expect(Buffer.compare(Buffer.concat(parts), noise)).toBe(0);
    expect(redactor.leaks()).toEqual([]);
  });

  it('keeps the same of any mixture of secrets and their pieces, wherever it is cut', () => {
    const random = seededRandom(7);
    const forms = FORMS.map(([, text]) => text).concat(CANARY.value);
    for (let round = 0; round < 200; round += 1) {
      const pieces = Array.from({ length: 12 }, () => {
        const form = pick(random, forms);
        return form.slice(Math.floor(random() * 3) * 5, form.length - Math.floor(random() * 2) * 4);
      });
      const text = pieces.join(pick(random, ['', ' ', '\n', '\\n']));
      const cut = redact(text, () => 1 + Math.floor(random() * 9));
      expect(findLeaks(Buffer.from(cut.text), SECRETS)).toEqual([]);
      expect(cut).toEqual(redact(text));
    }
  });

  it('replaces each of many secrets in a row, in order', () => {
    const text = `${CANARY.value}${CANARY.value} ${KEY.value}\n${CANARY.value.slice(0, -1)}`;
    const { text: kept, leaks } = redact(text);
    expect(kept).toBe(`[canary][canary] [MODEL_KEY]\n${CANARY.value.slice(0, -1)}`);
    expect(leaks).toEqual(['MODEL_KEY', 'canary']);
  });

  it('finds a secret whose beginning was begun twice', () => {
    expect(redact(`${CANARY.value.slice(0, 20)}${CANARY.value}`).leaks).toEqual(['canary']);
    expect(redact(`cnrycnry5${CANARY.value}`).leaks).toEqual(['canary']);
  });

  it('holds back no more than a beginning of a secret', () => {
    const redactor = createRedactor(SECRETS);
    expect(redactor.push(Buffer.from('plain word.')).toString()).toBe('plain word.');
    expect(redactor.push(Buffer.from(`so ${CANARY.value.slice(0, 10)}`)).toString()).toBe('so ');
    expect(redactor.push(Buffer.from(' no')).toString()).toBe(`${CANARY.value.slice(0, 10)} no`);
  });

  it('is not made to hold a stream of blanks back by a beginning before it', () => {
    const redactor = createRedactor(SECRETS);
    const hex = Buffer.from(CANARY.value).toString('hex').slice(0, 12);
    let given = redactor.push(Buffer.from(hex)).length;
    for (let round = 0; round < 20; round += 1)
      given += redactor.push(Buffer.alloc(1000, ' ')).length;
    expect(given).toBeGreaterThan(19_000);
  });

  it('takes nothing for a secret that is shorter than eight bytes', () => {
    expect(findLeaks(Buffer.from('pace 200'), [{ name: 'PACE', value: '200' }])).toEqual([]);
    expect(findLeaks(Buffer.from('anything'), [{ name: 'NONE', value: '' }])).toEqual([]);
  });
});
