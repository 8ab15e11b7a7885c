import { expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { signedHeaders } from '../../../services/platform/webhook/signature.ts';
import { isGenuine } from '../../services/notifications/receiver.ts';

/** The check as docs/notifications.md gives it to receivers. */
async function documentedCheck(): Promise<typeof isGenuine> {
  const page = readFileSync(resolve(import.meta.dir, '../../../docs/notifications.md'), 'utf8');
  const [, code = ''] = /```ts\n([\s\S]*?)\nBun\.serve/.exec(page) ?? [];
  const file = join(mkdtempSync(join(tmpdir(), 'requite-webhook-')), 'check.ts');
  writeFileSync(file, `${code}\nexport { isGenuine };\n`);
  return ((await import(file)) as { isGenuine: typeof isGenuine }).isGenuine;
}

const SECRET = 'a shared secret, long enough';
const message = { id: 'msg_1', body: '{"id":"msg_1","ü":1}' };

test('the vector of the Standard Webhooks convention', () => {
  const headers = signedHeaders(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' },
    1_614_265_330_999,
  );
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('a signature is the HMAC-SHA256 of id, timestamp and body, as node:crypto has it', () => {
  const headers = signedHeaders(SECRET, message, 1_700_000_000_000);
  const expected = createHmac('sha256', SECRET).update(`msg_1.1700000000.${message.body}`).digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${expected}`);
});

for (const [whose, load] of [
  ['the tests', async () => isGenuine],
  ['docs/notifications.md', documentedCheck],
] as const) {
  test(`the check of ${whose} takes what is genuine, and nothing that was changed, made up or kept`, async () => {
    const check = await load();
    const nowMs = Date.now();
    const genuine = new Headers({ ...signedHeaders(SECRET, message, nowMs) });
    expect(check(genuine, message.body, SECRET)).toBe(true);
    const changed = (name: string, value: string): Headers => {
      const headers = new Headers(genuine);
      headers.set(name, value);
      return headers;
    };
    expect(check(genuine, `${message.body} `, SECRET)).toBe(false);
    expect(check(genuine, message.body, `${SECRET}r`)).toBe(false);
    expect(check(changed('webhook-id', 'msg_2'), message.body, SECRET)).toBe(false);
    expect(
      check(changed('webhook-timestamp', String(Math.floor(nowMs / 1000) + 1)), message.body, SECRET),
    ).toBe(false);
    expect(check(changed('webhook-signature', 'v1,'), message.body, SECRET)).toBe(false);
    expect(check(new Headers(), message.body, SECRET)).toBe(false);
    const old = new Headers({ ...signedHeaders(SECRET, message, nowMs - 3_600_000) });
    expect(check(old, message.body, SECRET)).toBe(false);
    // two signatures, as while a secret is changed: one that is right is enough
    const two = `v1,AAAA ${genuine.get('webhook-signature')}`;
    expect(check(changed('webhook-signature', two), message.body, SECRET)).toBe(true);
  });
}
