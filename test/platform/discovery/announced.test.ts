import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicSpecs } from '../../../core/mod.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { readSettings } from '../../../services/platform/config.ts';
import { announceService, type Instance } from '../../../services/platform/discovery/index.ts';
import { startRestService } from '../../../services/platform/http/rest-service.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { openPlatform, type RunningPlatform } from '../../../services/platform/platform.ts';
import type { Readiness, Service } from '../../../services/platform/service.ts';
import { until } from '../../support/until.ts';

const PORT_OF_NONE = 0;
const clearing: (() => Promise<unknown>)[] = [];
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

afterEach(async () => {
  for (const clear of clearing.splice(0).reverse()) await clear();
});

/** Two platforms on one log, as two processes would have them. */
async function two(): Promise<[RunningPlatform, RunningPlatform, Backing]> {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'requite-announced-'));
  const settings = readSettings({ DATA_DIR, ADVERTISED_HOST: 'localhost' }, false);
  const backing = await openBacking(settings);
  clearing.push(() => backing.close());
  const make = (version: string): RunningPlatform => {
    const platform = openPlatform({ settings, backing, logger }, version);
    clearing.push(() => platform.close());
    return platform;
  };
  return [make('1.0.0'), make('2.0.0'), backing];
}

const find = ({ discovery }: RunningPlatform, service: string): Instance | undefined =>
  discovery.instances(service)[0];

const ready: Readiness = { ready: true, checks: {} };

test('a service with REST is known from when it listens, with what it waits for, until it stops', async () => {
  const [one, other, backing] = await two();
  await backing.transport.createTopics(topicSpecs(4));
  let readiness: Readiness = { ready: false, checks: { view: 'disk full', fold: 'running' } };
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const options = {
    name: 'tea',
    service: 'tea-service',
    title: 'Tea',
    description: 'Tea.',
    port: PORT_OF_NONE,
  };
  const starting: Promise<Service> = startRestService(one, options, async ({ onWaiting }) => {
    onWaiting('the kettle');
    await opened;
    return { addRoutes: (app) => app, readiness: async () => readiness };
  });
  const early = await until('it to be known', () => find(other, 'tea-service'));
  expect([early.version, early.url]).toEqual(['1.0.0', expect.stringMatching(/^http:\/\/localhost:\d+$/)]);
  const says = (health: string): Promise<true> =>
    until(health, () => find(other, 'tea-service')?.health === health);
  await says('log: waiting for the log: the kettle');
  open();
  const service = await starting;
  await says('view: disk full');
  readiness = ready;
  await says('ready');
  expect((await fetch(`${find(other, 'tea-service')?.url}/health/ready`)).status).toBe(200);
  await service.stop();
  await until('it to be gone', () => find(other, 'tea-service') === undefined);
});

test('a service that can not open is not known any more', async () => {
  const [one, other, backing] = await two();
  await backing.transport.createTopics(topicSpecs(4));
  const options = { name: 'tea', title: 'Tea', description: 'Tea.', port: PORT_OF_NONE };
  const failing = startRestService(one, options, async () => {
    await until('it to be known', () => find(other, 'tea'));
    throw new Error('no water');
  });
  await expect(failing).rejects.toThrow('no water');
  await until('it to be gone', () => find(other, 'tea') === undefined);
});

test('a service without REST is known too, and one that can not tell its readiness is not ready', async () => {
  const [one, other, backing] = await two();
  await backing.transport.createTopics(topicSpecs(4));
  let isBroken = true;
  const readiness = async (): Promise<Readiness> => {
    if (isBroken) throw new Error('a defect');
    return ready;
  };
  announceService(one.discovery, { name: 'quiet', url: null, readiness });
  const quiet = await until('its health', () =>
    other.discovery.instances('quiet').find(({ health }) => health !== 'starting'),
  );
  expect([quiet.url, quiet.health]).toEqual([null, 'readiness unknown: a defect']);
  isBroken = false;
  await until('it to be ready', () => find(other, 'quiet')?.health === 'ready');
});

test('a service whose log has no topics yet starts all the same, and is known once they are there', async () => {
  const [one, other, backing] = await two();
  const options = { name: 'tea', title: 'Tea', description: 'Tea.', port: PORT_OF_NONE };
  const service = await startRestService(one, options, async () => ({
    addRoutes: (app) => app,
    readiness: async () => ready,
  }));
  clearing.push(() => service.stop());
  expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
  expect(find(other, 'tea')).toBeUndefined();
  await backing.transport.createTopics(topicSpecs(4));
  await until('it to be known', () => find(other, 'tea')?.health === 'ready');
});
