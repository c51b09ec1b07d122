import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Deliveries } from '../../../../../infra/sandbox/kit/deliveries.ts';
import type { Delivery } from '../../../../../infra/sandbox/kit/deliveries.ts';
import { startWebhookReceiver } from '../../../../world/webhook-receiver.ts';
import type { WebhookReceiver } from '../../../../world/webhook-receiver.ts';

let receiver: WebhookReceiver;
let deliveries: Deliveries;

beforeEach(async () => {
  receiver = await startWebhookReceiver();
  deliveries = new Deliveries();
});

afterEach(async () => {
  deliveries.close();
  await receiver[Symbol.asyncDispose]();
});

const delivery = (more: Partial<Delivery>): Delivery => ({
  url: receiver.url,
  event: 'push',
  timeoutMs: 5000,
  render: () => ({ headers: { 'Content-Type': 'application/json' }, body: '{}' }),
  ...more,
});
const outcomes = () => deliveries.describe().log.map(({ outcome, status }) => [outcome, status]);

it('never repeats a delivery that was answered, whatever the answer', async () => {
  receiver.status = 503;
  deliveries.send(delivery({ retryDelaysMs: [0, 0] }));
  await vi.waitFor(() => {
    expect(outcomes()).toHaveLength(1);
  });
  // A retry would have been due before this second one.
  deliveries.send(delivery({ event: 'marker' }));
  await vi.waitFor(() => {
    expect(deliveries.describe().log.at(-1)?.event).toBe('marker');
  });
  expect(outcomes()).toEqual(Array<unknown>(2).fill(['answered', 503]));
});

it('repeats after connection errors, rendering anew each time, and tells once when it gives up', async () => {
  const { url } = receiver;
  await receiver[Symbol.asyncDispose]();
  receiver = await startWebhookReceiver();
  const onGivenUp = vi.fn();
  const render = vi.fn(() => ({ headers: {}, body: '{}' }));
  deliveries.send(delivery({ url, render, onGivenUp, retryDelaysMs: [0, 0] }));
  await vi.waitFor(() => {
    expect(onGivenUp).toHaveBeenCalledTimes(1);
  });
  expect(outcomes()).toEqual(Array<unknown>(3).fill(['failed', null]));
  expect(render).toHaveBeenCalledTimes(3);
});

it('keeps the last 500 attempts, those not sent included', () => {
  deliveries.configure({ off: true });
  for (let nr = 0; nr < 510; nr += 1) deliveries.send(delivery({ event: `event ${nr}` }));
  const { log } = deliveries.describe();
  expect([log.length, log[0]?.event, log[0]?.outcome]).toEqual([500, 'event 10', 'off']);
});

it('refuses a switch it does not understand', () => {
  expect(() => {
    deliveries.configure({ duplicate: 'twice' });
  }).toThrow('duplicate');
});
