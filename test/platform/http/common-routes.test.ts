import { expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { jsonBody } from '../../../services/platform/http/index.ts';
import { until } from '../../support/until.ts';
import { json, sampleApp, send } from './support.ts';

test('health: live always, ready with its checks, 503 while not ready or unknown', async () => {
  const { app, standing } = sampleApp();
  expect((await send(app, 'GET', '/health/live')).status).toBe(200);
  const ready = await send(app, 'GET', '/health/ready');
  expect([ready.status, ready.body]).toEqual([200, { ready: true, checks: { log: 'reached' } }]);
  standing.readiness = async () => ({ ready: false, checks: { log: 'away' } });
  const unready = await send(app, 'GET', '/health/ready');
  expect([unready.status, unready.body]).toEqual([503, { ready: false, checks: { log: 'away' } }]);
  standing.readiness = () => Promise.reject(new Error('x'));
  expect((await send(app, 'GET', '/health/ready')).status).toBe(503);
});

test('readiness says what is waited for, hosts too, but not where files of ours lie', async () => {
  const { app, standing } = sampleApp();
  const log = 'the disk of /srv/requite/data/bills is full ("/srv/x/jobs.db", SQLITE_FULL): make room';
  const broker = 'no answer from http://kafka:9092/x or 10.0.0.7:9092, 3/4 tried';
  standing.readiness = async () => ({ ready: false, checks: { log, broker } });
  expect((await send(app, 'GET', '/health/ready')).body.checks).toEqual({
    log: 'the disk of … is full ("…", SQLITE_FULL): make room',
    broker,
  });
});

test('metrics count by route and status, never by what a client sent, and tell CPU and memory', async () => {
  const { app } = sampleApp();
  for (const id of ['1', '2']) await send(app, 'GET', `/things/${id}`);
  await send(app, 'GET', '/accepted');
  await send(app, 'POST', '/named', json('{}'));
  await send(app, 'GET', '/no/such/path');
  const lines = [
    'http_requests_total{method="GET",route="/things/:id",status="200"} 2',
    'http_requests_total{method="GET",route="/accepted",status="202"} 1',
    'http_requests_total{method="POST",route="/named",status="422"} 1',
    'http_requests_total{method="GET",route="unmatched",status="404"} 1',
    'http_request_duration_seconds_count{method="GET",route="/things/:id"} 2',
  ];
  const metrics = await until(
    'the counts',
    async () => {
      const text = String((await send(app, 'GET', '/metrics')).body.text);
      return lines.every((line) => text.includes(line)) && text;
    },
    5_000,
  );
  for (const name of [
    'process_resident_memory_bytes',
    'process_cpu_user_seconds',
    'process_heap_used_bytes',
  ]) {
    expect(Number(new RegExp(`^${name} (.+)$`, 'm').exec(metrics)?.[1])).toBeGreaterThan(0);
  }
});

test('/openapi.json describes the routes with their schemas; /docs shows it with files of ours only', async () => {
  const { app } = sampleApp();
  const { body } = await send(app, 'GET', '/openapi.json');
  expect(body).toMatchObject({
    openapi: '3.1.0',
    paths: {
      '/things/{id}': {
        get: {
          parameters: [
            { name: 'id', in: 'path' },
            { name: 'limit', in: 'query' },
          ],
        },
      },
      '/named': {
        post: { requestBody: { content: { 'application/json': { schema: { type: 'object' } } } } },
      },
    },
  });
  const page = String((await send(app, 'GET', '/docs')).body.text);
  const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
  expect(links.filter((link) => /^(https?:)?\/\//.test(link))).toEqual([]);
  for (const link of links.filter((each) => each.startsWith('/'))) {
    expect((await send(app, 'GET', link)).status).toBe(200);
  }
});

test('a schema given to a route stays as it was: Elysia writes nothing into it', async () => {
  const { app } = sampleApp();
  const Shared = Type.Object({ inner: Type.Object({ a: Type.String() }) });
  const before = JSON.stringify(Shared);
  app.post('/shared', ({ body }) => body, { body: jsonBody(Shared) });
  expect((await send(app, 'POST', '/shared', json('{"inner":{"a":"b","c":1}}'))).status).toBe(200);
  expect(JSON.stringify(Shared)).toBe(before);
});
