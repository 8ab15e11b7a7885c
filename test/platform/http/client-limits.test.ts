import { expect, test } from 'bun:test';
import { clientAddress } from '../../../services/platform/http/client-address.ts';
import { ClientLimits } from '../../../services/platform/http/client-limits.ts';

test('a bucket is full after a pause, is emptied by requests, and fills at the rate', () => {
  let nowMs = 0;
  const limits = new ClientLimits({ perSecond: 10, atOnce: 1_000 }, () => nowMs);
  const taken = (count: number): number =>
    Array.from({ length: count }, () => limits.enter('a')).filter((each) => each === null).length;
  expect(taken(50)).toBe(20);
  nowMs += 500;
  expect(taken(50)).toBe(5);
  nowMs += 3_600_000;
  expect(taken(50)).toBe(20);
  nowMs -= 1_000; // a clock that goes back takes nothing and gives nothing
  expect(taken(50)).toBe(0);
});

test('a client whose bucket is empty is told when it has a token again; another is let in', () => {
  const limits = new ClientLimits({ perSecond: 1, atOnce: 9 }, () => 0);
  expect([limits.enter('a'), limits.enter('a'), limits.enter('a')]).toEqual([
    null,
    null,
    { reason: 'rate', retryAfterSeconds: 1 },
  ]);
  expect(limits.enter('b')).toBeNull();
});

test('a rate of 0 is any number; what is under way is limited all the same', () => {
  const limits = new ClientLimits({ perSecond: 0, atOnce: 2 }, () => 0);
  for (let turn = 0; turn < 1_000; turn++) {
    expect(limits.enter('a')).toBeNull();
    limits.leave('a');
  }
  expect([limits.enter('a'), limits.enter('a'), limits.enter('a')?.reason]).toEqual([null, null, 'at-once']);
});

test('a million addresses take no more memory than the limit allows', () => {
  const limits = new ClientLimits({ perSecond: 10, atOnce: 10 }, () => 0, 100);
  for (let address = 0; address < 1_000_000; address++) limits.enter(String(address));
  expect(limits.size).toBe(100);
  limits.leave('0'); // long forgotten: no harm
  expect(limits.size).toBe(100);
});

const addresses: readonly [
  peer: string | null,
  forwardedFor: string | null,
  proxies: number,
  counted: string,
][] = [
  ['10.1.2.3', null, 0, '10.1.2.3'],
  ['10.1.2.3', '6.6.6.6', 0, '10.1.2.3'],
  ['10.1.2.3', '6.6.6.6, 7.7.7.7', 1, '7.7.7.7'],
  ['10.1.2.3', '6.6.6.6, 7.7.7.7', 2, '6.6.6.6'],
  ['10.1.2.3', '7.7.7.7', 2, '10.1.2.3'],
  ['10.1.2.3', '7.7.7.7:5050', 1, '7.7.7.7'],
  ['10.1.2.3', '[2001:db8::1]:5050', 1, '2001:db8:0:0::/64'],
  ['10.1.2.3', '<script>', 1, '10.1.2.3'],
  ['10.1.2.3', 'x'.repeat(5_000), 1, '10.1.2.3'],
  ['::ffff:10.1.2.3', null, 0, '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', null, 0, '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', null, 0, '2001:db8:1:2::/64'],
  ['::1', null, 0, '0:0:0:0::/64'],
  [null, null, 0, 'unknown'],
];
for (const [peer, forwardedFor, proxies, counted] of addresses)
  test(`counts ${peer} with X-Forwarded-For ${forwardedFor?.slice(0, 30)} behind ${proxies} proxies as ${counted}`, () => {
    const headers = new Headers(forwardedFor === null ? {} : { 'x-forwarded-for': forwardedFor });
    expect(clientAddress(headers, peer, proxies)).toBe(counted);
  });
