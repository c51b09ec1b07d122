import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { isSigned } from '../../../../api/webhooks/signature.ts';

const SECRET = 'plane_wh_test';
// The bytes as Python writes them: a blank after separators, non-ASCII escaped.
const BODY = Buffer.from(
  String.raw`{"event": "issue", "action": "updated", "data": {"name": "\u0422\u0435\u0441\u0442 <1m"}}`,
);
const SIGNATURE = 'd5e33b5b7f8be158d5fc80f6ce1a8f95acf1b203dc1212b7e842bec7442ddeda';

it('accepts the vector of a real Plane', () => {
  expect(isSigned(BODY, SIGNATURE, SECRET)).toBe(true);
  expect(isSigned(BODY, SIGNATURE.toUpperCase(), SECRET)).toBe(true);
});

it('signs the bytes, not what they mean', () => {
  const same = Buffer.from(JSON.stringify(JSON.parse(BODY.toString('utf8'))));
  expect(isSigned(same, SIGNATURE, SECRET)).toBe(false);
});

it.each<[string, string | undefined]>([
  ['no header', undefined],
  ['an empty header, as a hook without a secret sends', ''],
  ['the prefix of another scheme', `sha256=${SIGNATURE}`],
  ['half of it', SIGNATURE.slice(0, 32)],
  ['one digit changed', SIGNATURE.replace(/^d/, 'e')],
  ['something else of the same length', 'z'.repeat(64)],
  ['the signature of another secret', createHmac('sha256', 'other').update(BODY).digest('hex')],
])('refuses %s', (_, signature) => {
  expect(isSigned(BODY, signature, SECRET)).toBe(false);
});
