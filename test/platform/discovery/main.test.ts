import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Instance } from '../../../services/platform/discovery/index.ts';
import { freePorts } from '../../broker/ports.ts';
import { Processes } from '../../support/processes.ts';
import { until } from '../../support/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'requite-services-'));
const processes = new Processes(directory);

afterEach(() => processes.close());

test('processes of `bun run services` know what runs in each: with REST or without, killed and started again', async () => {
  const [operations = 0, more = 0] = await freePorts(2);
  const DATA_DIR = join(directory, 'data');
  const start = (name: string, services: string[], port: number): Promise<void> =>
    processes.start(name, {
      services,
      env: { DATA_DIR, LOG_FORMAT: 'json', OPERATIONS_PORT: String(port), CRM_PORT: '0', ORDERS_PORT: '0' },
    });
  await start('one', ['fraud-service', 'crm'], operations);
  await start('two', ['orders-service'], more);
  const known = async (): Promise<Instance[]> => {
    const response = await fetch(`http://127.0.0.1:${operations}/instances`);
    return ((await response.json()) as { items: Instance[] }).items;
  };
  const names = async (): Promise<string> => {
    const all = await known();
    return [...new Set(all.map(({ service }) => service))].join();
  };
  const everything = /^crm,fraud-service,.*orders-service,view:orders$/;
  await until('all to be known', async () => everything.test(await names()));
  await until('all to be ready', async () => {
    const all = await known();
    return all.filter(({ url }) => url !== null).every(({ health }) => health === 'ready');
  });
  const all = await known();
  for (const { version } of all) expect(version).toBe(packageJson.version);
  const of = (name: string): Instance | undefined => all.find(({ service }) => service === name);
  expect([of('fraud-service')?.url, of('fraud-service')?.health]).toEqual([null, 'ready']);
  expect(of('crm')?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(of('orders-service')?.operationsUrl).toBe(`http://127.0.0.1:${more}`);
  await processes.kill('two');
  await until('the registry to notice', async () => !/orders/.test(await names()));
  await start('two', ['orders-service'], more);
  await until('it to be known again', async () => everything.test(await names()));
}, 120_000);
