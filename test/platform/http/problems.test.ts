import { expect, test } from 'bun:test';
import { BODY_LIMIT, json, sampleApp, send } from './support.ts';

const bad: readonly [
  what: string,
  method: string,
  path: string,
  init: RequestInit,
  status: number,
  code: string,
][] = [
  ['malformed JSON', 'POST', '/named', json('{"name":'), 400, 'malformed-json'],
  [
    'bytes that are no UTF-8',
    'POST',
    '/named',
    json(new Uint8Array([0x22, 0xff, 0x22])),
    400,
    'invalid-utf8',
  ],
  ['JSON nested too deep', 'POST', '/any', json('['.repeat(200) + ']'.repeat(200)), 400, 'too-deep'],
  ['brackets without end', 'POST', '/any', json('['.repeat(BODY_LIMIT)), 400, 'malformed-json'],
  ['a wrong type', 'POST', '/named', json('{"name":7}'), 422, 'invalid-input'],
  ['a missing member', 'POST', '/named', json('{}'), 422, 'invalid-input'],
  ['null', 'POST', '/named', json('null'), 422, 'invalid-input'],
  ['no body', 'POST', '/named', {}, 422, 'invalid-input'],
  ['a number out of range in the query', 'GET', '/things/1?limit=11', {}, 422, 'invalid-input'],
  ['text for a number in the query', 'GET', '/things/1?limit=many', {}, 422, 'invalid-input'],
  [
    'a form',
    'POST',
    '/named',
    json('name=x', 'application/x-www-form-urlencoded'),
    415,
    'unsupported-media-type',
  ],
  ['JSON that calls itself text', 'POST', '/named', json('{}', 'text/plain'), 415, 'unsupported-media-type'],
  [
    'JSON in another charset',
    'POST',
    '/named',
    json('{}', 'application/json; charset=latin1'),
    415,
    'unsupported-media-type',
  ],
  [
    'a body without a type',
    'POST',
    '/named',
    { body: new Uint8Array([0x7b, 0x7d]) },
    415,
    'unsupported-media-type',
  ],
  ['a body over the limit', 'POST', '/any', json(`"${'x'.repeat(BODY_LIMIT)}"`), 413, 'body-too-large'],
  ['a path that is not there', 'GET', '/nowhere', {}, 404, 'not-found'],
  ['a file of the docs that is not there', 'GET', '/docs/..%2fpackage.json', {}, 404, 'not-found'],
  ['another method', 'DELETE', '/things/1', {}, 405, 'method-not-allowed'],
  ['too many who wait', 'GET', '/too-many-wait', {}, 503, 'too-many-waits'],
  ['the log being away', 'GET', '/log-is-away', {}, 503, 'log-unavailable'],
];

for (const [what, method, path, init, status, code] of bad) {
  test(`answers ${what} with ${status} and a problem that says what to do`, async () => {
    const { app } = sampleApp();
    const answer = await send(app, method, path, init);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status, code, type: `urn:requite:problem:${code}` });
    expect(String(answer.body.detail).length).toBeGreaterThan(20);
    expect(JSON.stringify(answer.body)).not.toMatch(/\\n|\.ts\b/);
  });
}

test('lists where and how a body is wrong', async () => {
  const { body } = await send(sampleApp().app, 'POST', '/named', json('{"count":0}'));
  expect(body.errors).toEqual([
    { path: '/name', message: 'Expected required property' },
    { path: '/count', message: 'Expected integer to be greater or equal to 1' },
  ]);
});

test('counts a chunked body while it comes, and stops reading it at the limit', async () => {
  let chunks = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      chunks++;
      controller.enqueue(new Uint8Array(BODY_LIMIT / 2));
    },
  });
  const answer = await send(sampleApp().app, 'POST', '/any', { ...json(''), body: endless });
  expect(answer.status).toBe(413);
  expect(chunks).toBeLessThan(20);
});

test('a 405 says what is allowed, a 503 when to try again', async () => {
  const { app } = sampleApp();
  expect((await send(app, 'PUT', '/things/1')).headers.get('allow')).toBe('GET, HEAD');
  for (const path of ['/log-is-away', '/too-many-wait'])
    expect((await send(app, 'GET', path)).headers.get('retry-after')).toBe('2');
});

test('an unexpected error gives nothing away but an id that finds it in the log', async () => {
  const { app, logged } = sampleApp();
  const { status, body } = await send(app, 'GET', '/fails');
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain('hunter2');
  const line = logged.map((each) => JSON.parse(each)).find(({ errorId }) => errorId === body.id);
  expect(line).toMatchObject({ level: 50, route: '/fails', err: { message: 'the password is hunter2' } });
});

test('keys named __proto__, constructor and prototype pollute nothing', async () => {
  const { app } = sampleApp();
  const attack =
    '{"name":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}}';
  for (const path of ['/named', '/any'])
    expect((await send(app, 'POST', path, json(attack))).status).toBe(200);
  expect(
    (await send(app, 'GET', '/things/1?__proto__[polluted]=1&constructor.prototype.polluted=1')).status,
  ).toBe(422);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

test('takes every JSON value, with and without a charset, and lets fields through that it does not know', async () => {
  const { app } = sampleApp();
  for (const value of ['null', '0', 'false', '""', '[]', '{}']) {
    expect((await send(app, 'POST', '/any', json(value))).body).toEqual({ body: JSON.parse(value) });
  }
  expect((await send(app, 'POST', '/any')).body).toEqual({ body: 'none' });
  expect((await send(app, 'POST', '/any', json('1', 'application/json; charset=UTF-8'))).status).toBe(200);
  expect((await send(app, 'POST', '/any', json('1', 'application/merge-patch+json'))).status).toBe(200);
  const named = await send(app, 'POST', '/named', json('{"name":"x","more":1}'));
  expect(named.body).toEqual({ body: { name: 'x', more: 1 } });
});

test('converts query parameters and fills in defaults', async () => {
  const { app } = sampleApp();
  expect((await send(app, 'GET', '/things/a%2Fb?limit=7')).body).toEqual({ id: 'a/b', limit: 7 });
  expect((await send(app, 'GET', '/things/1')).body).toEqual({ id: '1', limit: 5 });
});

test('a query parameter that the route does not know, or gets twice, is refused with what there is', async () => {
  const { app } = sampleApp();
  const unknown = await send(app, 'GET', '/things/1?limt=5');
  expect([unknown.status, unknown.body.errors]).toEqual([
    422,
    [{ path: '/limt', message: 'No such query parameter: there are limit' }],
  ]);
  const twice = await send(app, 'GET', '/things/1?limit=5&limit=6');
  expect([twice.status, twice.body.errors]).toEqual([
    422,
    [{ path: '/limit', message: 'Given more than once: send it once' }],
  ]);
  const none = await send(app, 'GET', '/accepted?a=1');
  expect(none.body.errors).toEqual([{ path: '/a', message: 'No such query parameter: none is taken here' }]);
});
