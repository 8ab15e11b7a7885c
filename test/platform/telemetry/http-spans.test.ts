import { afterEach, describe, expect, test } from 'bun:test';
import { Registry } from 'prom-client';
import { createHttp } from '../../../services/platform/http/app.ts';
import { HttpProblem } from '../../../services/platform/http/index.ts';
import { type EarlyListening, listenEarly } from '../../../services/platform/http/listen.ts';
import type { Telemetry } from '../../../services/platform/telemetry/index.ts';
import { until } from '../../support/until.ts';
import { keeping, open } from './support.ts';

const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const listening: EarlyListening[] = [];

afterEach(async () => {
  for (const each of listening.splice(0)) await each.stop();
});

function serve(telemetry: Telemetry): string {
  const { logger } = keeping();
  const readiness = async () => ({ ready: true, checks: {} });
  const options = {
    name: 'tests',
    title: 'T',
    description: 'T',
    logger,
    telemetry,
    readiness,
    registry: new Registry(),
  };
  const early = listenEarly(options, '127.0.0.1', 0);
  listening.push(early);
  const app = createHttp(options)
    .get('/things/:id', async () => {
      await Bun.sleep(1);
      return { active: telemetry.active() };
    })
    .get('/refused', () => {
      throw new HttpProblem({ status: 409, code: 'no', detail: 'No.' });
    })
    .get('/broken', () => {
      throw new Error('a defect');
    });
  early.serve(app);
  return early.url;
}

describe('server spans', () => {
  test('go on with the caller’s trace, are named after the route, and are active in the handler', async () => {
    const telemetry = open({ ratio: 0 });
    const url = serve(telemetry);
    const answer = await fetch(`${url}/things/secret-7`, { headers: { traceparent: SAMPLED } });
    const { active } = (await answer.json()) as { active: string };
    const [span] = await until('the span', () => (telemetry.recent().length > 0 ? telemetry.recent() : null));
    expect(span?.name).toBe('GET /things/:id');
    expect(span?.parent).toBe(SAMPLED);
    expect(span?.traceparent).toBe(active);
    expect(span?.kind).toBe('server');
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': '/things/:id',
      'http.response.status_code': 200,
    });
    expect(JSON.stringify(span)).not.toContain('secret-7');
  });

  test('of what the client did wrong have not failed, of what broke here have', async () => {
    const telemetry = open({ ratio: 1 });
    const url = serve(telemetry);
    for (const path of ['/refused', '/broken', '/nothing']) await fetch(url + path);
    const spans = await until('the spans', () =>
      telemetry.recent().length === 3 ? telemetry.recent() : null,
    );
    expect(spans.map(({ name, failure }) => ({ name, failure }))).toEqual([
      { name: 'GET /refused', failure: null },
      { name: 'GET /broken', failure: 'answered 500' },
      { name: 'GET', failure: null },
    ]);
  });

  test('health and metrics are not traced, nor anything where tracing is off', async () => {
    const on = open({ ratio: 1 });
    const url = serve(on);
    for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json'])
      await fetch(url + path);
    expect(on.recent()).toBeEmpty();
    const off = open({ tracing: false });
    const answer = await fetch(`${serve(off)}/things/1`, { headers: { traceparent: SAMPLED } });
    expect(await answer.json()).toEqual({ active: SAMPLED });
    expect(off.recent()).toBeEmpty();
  });
});
