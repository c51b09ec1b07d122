import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { dumpWebhookJson } from '../../../../../infra/sandbox/board/python-json.ts';

it('writes JSON so that the published signature test vector fits', () => {
  const payload = { event: 'issue', action: 'updated', data: { name: 'Тест <1m' } };
  const body = dumpWebhookJson(payload);
  expect(body).toBe(
    String.raw`{"event": "issue", "action": "updated", "data": {"name": "\u0422\u0435\u0441\u0442 <1m"}}`,
  );
  expect(createHmac('sha256', 'plane_wh_test').update(body).digest('hex')).toBe(
    'd5e33b5b7f8be158d5fc80f6ce1a8f95acf1b203dc1212b7e842bec7442ddeda',
  );
});

it('writes floats, emptiness and characters outside the basic plane as Python does', () => {
  expect(
    dumpWebhookJson({ sort_order: 65_535, point: 3, none: null, list: [], map: {}, s: '😀\n"' }),
  ).toBe(
    String.raw`{"sort_order": 65535.0, "point": 3, "none": null, "list": [], "map": {}, "s": "\ud83d\ude00\n\""}`,
  );
});
