import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counter, Registry } from 'prom-client';
import type { Consumer } from '../../../core/mod.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { readSettings } from '../../../services/platform/config.ts';
import { announceService } from '../../../services/platform/discovery/index.ts';
import { LoopMetrics } from '../../../services/platform/host/loop-metrics.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { type Operations, startOperations } from '../../../services/platform/operations/index.ts';
import { openPlatform, type RunningPlatform } from '../../../services/platform/platform.ts';
import type { Readiness, Service } from '../../../services/platform/service.ts';
import { LogWindow } from '../../../services/platform/telemetry/log-window.ts';
import { until } from '../../support/until.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

/** A process as far as its operations server goes. */
interface Running {
  readonly platform: RunningPlatform;
  readonly operations: Operations;
  readonly lines: LogWindow;
  readonly services: Map<string, Service | null>;
}

let directory: string;
let backing: Backing;
let one: Running;
let other: Running;

async function start(): Promise<Running> {
  const settings = readSettings({ DATA_DIR: directory, LOG_LEVEL: 'silent', TRACE_RATIO: '1' }, false);
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const platform = openPlatform({ settings, backing, logger });
  const lines = new LogWindow();
  const services = new Map<string, Service | null>();
  const operations = startOperations({ platform, logs: { window: lines }, services: () => services });
  announceService(platform.discovery, service('crm', { ready: true, checks: {} }));
  return { platform, operations, lines, services };
}

function service(name: string, readiness: Readiness, metrics?: Registry): Service {
  return {
    name,
    url: null,
    ...(metrics === undefined ? {} : { metrics }),
    readiness: async () => readiness,
    stop: async () => undefined,
  };
}

const line = (message: string, time: string): string =>
  JSON.stringify({ level: 'info', time, service: 'crm', msg: message, traceId: TRACE });

interface Told<T> {
  readonly items: readonly T[];
  readonly processes: number;
  readonly missing: readonly { readonly url: string; readonly reason: string }[];
}

async function ask<T>({ operations }: Running, path: string): Promise<T> {
  const answer = await fetch(operations.url + path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'requite-operations-'));
  const settings = readSettings({ DATA_DIR: directory }, false);
  backing = await openBacking(settings);
  const { transport } = backing;
  await transport.createTopics([{ name: 'instances', partitions: 1, compacted: true }]);
  one = await start();
  other = await start();
  await until('both to know each other', () =>
    [one, other].every(({ platform }) => platform.discovery.all().length === 2),
  );
});

afterAll(async () => {
  for (const { operations, platform } of [one, other]) {
    await operations.stop();
    await platform.close();
  }
  await backing.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('the operations server', () => {
  test('is ready when every service of the process is, and says what the others wait for', async () => {
    one.services.set('crm', service('crm', { ready: true, checks: { view: 'running' } }));
    one.services.set('engine', null);
    const starting = await fetch(`${one.operations.url}/health/ready`);
    expect(starting.status).toBe(503);
    expect(await starting.json()).toEqual({ ready: false, checks: { crm: 'running', engine: 'starting' } });
    one.services.set('engine', service('engine', { ready: false, checks: { group: 'joining the group' } }));
    expect(await (await fetch(`${one.operations.url}/health/ready`)).json()).toEqual({
      ready: false,
      checks: { crm: 'running', engine: 'group: joining the group' },
    });
    one.services.set('engine', service('engine', { ready: true, checks: {} }));
    expect((await fetch(`${one.operations.url}/health/ready`)).status).toBe(200);
  });

  test('merges the metrics of the process and of services, those of a service by its name', async () => {
    const registries = ['crm', 'engine'].map((name, at) => {
      const registry = new Registry();
      new Counter({ name: 'things_total', help: 'Things.', registers: [registry] }).inc(at + 1);
      one.services.set(name, service(name, { ready: true, checks: {} }, registry));
      return registry;
    });
    const text = await (await fetch(`${one.operations.url}/metrics`)).text();
    expect(text).toContain('things_total{service="crm"} 1');
    expect(text).toContain('things_total{service="engine"} 2');
    expect(text.match(/^# TYPE things_total/gm)).toHaveLength(1);
    expect(text).toContain('telemetry_spans_total');
    expect(text.match(/^# TYPE process_cpu_user_seconds/gm)).toHaveLength(1);
    expect(await registries[0]?.metrics(), 'its own are as they were').toContain('things_total 1');
  });

  test('lists the live instances of all processes', async () => {
    const { items } = await ask<{ items: readonly { operationsUrl: string }[] }>(one, '/instances');
    expect(new Set(items.map(({ operationsUrl }) => operationsUrl))).toEqual(
      new Set([one.operations.url, other.operations.url]),
    );
  });

  test('tells which partitions of which group its members own, and those of no other process', async () => {
    const consumer = { partitions: () => [2, 0] } as unknown as Consumer;
    const member = {
      group: 'crm',
      topics: ['questions-topic'],
      ledger: {},
      consumer,
      transport: backing.transport,
      logger: one.platform.logger,
      readiness: () => 'running',
    };
    const metrics = LoopMetrics.in(one.platform.metrics);
    metrics.add(member);
    const process = one.operations.url;
    expect(await ask<unknown>(one, '/groups')).toEqual({
      items: [{ group: 'crm', topics: ['questions-topic'], partitions: [0, 2], state: 'running', process }],
      processes: 1,
      missing: [],
    });
    expect(await ask<unknown>(other, '/groups')).toMatchObject({ items: [] });
    metrics.remove(member);
  });

  test('tells how the circuit breakers of the services stand that this process calls', async () => {
    expect(await ask<unknown>(one, '/breakers')).toMatchObject({ items: [] });
    const client = one.platform.calls.to('nobody', { breakAfter: 1, attempts: 1 });
    const stands = async () => (await ask<Told<unknown>>(one, '/breakers')).items;
    const process = one.operations.url;
    expect(await stands()).toEqual([{ process, service: 'nobody', state: 'closed', inFlight: 0 }]);
    await expect(client.call('/')).rejects.toThrow();
    expect(await stands()).toEqual([{ process, service: 'nobody', state: 'open', inFlight: 0 }]);
  });

  test('finds lines of this process, or of all merged by time, and names who does not answer', async () => {
    one.lines.take(line('first', '2026-11-21T10:00:00.000Z'));
    other.lines.take(line('second', '2026-11-21T10:00:01.000Z'));
    one.lines.take(line('third', '2026-11-21T10:00:02.000Z'));
    const messages = ({ items }: Told<{ message: string }>): readonly string[] =>
      items.map(({ message }) => message);
    expect(messages(await ask(one, `/logs?trace=${TRACE}`))).toEqual(['first', 'third']);
    const all = await ask<Told<{ message: string }>>(one, `/logs?trace=${TRACE}&scope=all`);
    expect(messages(all)).toEqual(['first', 'second', 'third']);
    expect([all.processes, all.missing]).toEqual([2, []]);
    expect(messages(await ask(other, `/logs?trace=${TRACE}&scope=all&limit=2`))).toEqual(['second', 'third']);
    other.platform.discovery.operationsAt('http://127.0.0.1:9');
    await until('the new address to be known', () =>
      one.platform.discovery.all().some(({ operationsUrl }) => operationsUrl === 'http://127.0.0.1:9'),
    );
    const some = await ask<Told<{ message: string }>>(one, `/logs?trace=${TRACE}&scope=all`);
    expect(messages(some)).toEqual(['first', 'third']);
    expect(some.missing.map(({ url }) => url)).toEqual(['http://127.0.0.1:9']);
    other.platform.discovery.operationsAt(other.operations.url);
    await until('the old address to be known', () =>
      one.platform.discovery.all().every(({ operationsUrl }) => operationsUrl !== 'http://127.0.0.1:9'),
    );
  });

  test('gives the spans of a trace, of this process or of all', async () => {
    const parent = `00-${TRACE}-00f067aa0ba902b7-01`;
    for (const [{ platform }, name] of [
      [one, 'here'],
      [other, 'there'],
    ] as const)
      await platform.telemetry.span(name, { parent }, async () => undefined);
    const names = ({ items }: Told<{ name: string }>): readonly string[] => items.map(({ name }) => name);
    expect(names(await ask(one, `/spans?trace=${TRACE}`))).toEqual(['here']);
    expect(names(await ask(one, `/spans?trace=${TRACE}&scope=all`))).toEqual(['here', 'there']);
  });

  test('what can’t be asked for is refused with what is wrong', async () => {
    for (const path of ['/logs?trace=zz', '/logs?level=loud', '/logs?limit=0', '/spans?scope=world']) {
      const answer = await fetch(one.operations.url + path);
      expect(answer.status, path).toBe(422);
    }
  });
});
