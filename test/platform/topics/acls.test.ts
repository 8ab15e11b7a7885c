// The list of what each service needs is held against what each service does, on the embedded log.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommitUnit, Consumer, JoinOptions, OutgoingRecord, ReadOptions } from '../../../core/mod.ts';
import { services, startOf } from '../../../services/catalogue.ts';
import { type Backing, openBacking } from '../../../services/platform/bun.ts';
import { readSettings, type Settings } from '../../../services/platform/config.ts';
import { platformOf } from '../../../services/platform/configuration/index.ts';
import { announceService } from '../../../services/platform/discovery/index.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { openPlatform } from '../../../services/platform/platform.ts';
import type { Service } from '../../../services/platform/service.ts';
import { aclRules } from '../../../services/platform/topics/acl-rules.ts';
import { EVERY_PROCESS, SERVICE_ACCESS } from '../../../services/platform/topics/acls.ts';
import { until } from '../../support/until.ts';

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const names = Object.keys(services);

/** What a service was seen to do with the log. */
class Seen {
  readonly joined: Set<string> = new Set();
  readonly read: Set<string> = new Set();
  readonly written: Set<string> = new Set();
  readonly keeping: Set<string> = new Set();

  /** The backing, watched. */
  over(backing: Backing): Backing {
    const { transport } = backing;
    const wrote = (records: readonly OutgoingRecord[]): void => {
      for (const { topic } of records) this.written.add(topic);
    };
    const commit: CommitUnit = (consumer, unit) => {
      wrote(unit.decided.flatMap(({ records }) => records));
      return backing.commit(consumer, unit);
    };
    const watched: Backing = {
      ...backing,
      commit,
      forGroup: (group) => {
        this.keeping.add(group);
        return watched;
      },
      transport: {
        createTopics: (specs) => transport.createTopics(specs),
        endOffsets: (topic) => transport.endOffsets(topic),
        logId: () => transport.logId(),
        close: () => transport.close(),
        publish: (records) => {
          wrote(records);
          return transport.publish(records);
        },
        read: (options: ReadOptions) => {
          for (const topic of options.topics) this.read.add(topic);
          return transport.read(options);
        },
        join: async (options: JoinOptions): Promise<Consumer> => {
          for (const topic of options.topics) this.joined.add(`${options.group} < ${topic}`);
          const consumer = await transport.join(options);
          const commitOffsets = consumer.commit.bind(consumer);
          consumer.commit = (unit) => {
            wrote(unit.records);
            return commitOffsets(unit);
          };
          return consumer;
        },
      },
    };
    return watched;
  }
}

describe('the list of what each service needs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'requite-acls-'));
  const seen = new Map(names.map((name) => [name, new Seen()]));
  const running = new Map<string, Service>();
  const undo: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const settings = settingsIn(directory);
    const backing = await openBacking({ dataDir: directory });
    undo.push(() => backing.close());
    await Promise.all(
      names.map(async (name) => {
        const watched = seen.get(name)?.over(backing) ?? backing;
        const platform = openPlatform({ settings, backing: watched, logger, stopping: undefined });
        undo.push(() => platform.close());
        const service = await (await startOf(name))(platformOf(platform, name));
        undo.push(() => service.stop());
        if (service.url === null) announceService(platform.discovery, service);
        running.set(name, service);
      }),
    );
  }, 90_000);
  afterAll(async () => {
    for (const each of undo.reverse()) await each();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  test('names every service', () => {
    expect(SERVICE_ACCESS.map(({ service }) => service).sort()).toEqual([...names].sort());
  });

  for (const { service, groups, reads } of SERVICE_ACCESS) {
    const topicsOf = (of: typeof groups): string[] =>
      of.flatMap(({ group, reads: inputs }) => inputs.map((topic) => `${group} < ${topic}`)).sort();

    test(`has the groups of ${service}, what they read and keep, and what it reads besides`, async () => {
      const found = seen.get(service) ?? new Seen();
      await until('all groups', () => found.joined.size >= topicsOf(groups).length, 20_000).catch(() => null); // told below
      expect([...found.joined].sort()).toEqual(topicsOf(groups));
      expect([...found.keeping].sort()).toEqual(
        groups
          .filter(({ keepsJobs }) => keepsJobs)
          .map(({ group }) => group)
          .sort(),
      );
      const own = [...found.read].filter(
        (topic) => !EVERY_PROCESS.reads.includes(topic) || reads.includes(topic),
      );
      expect(own.sort()).toEqual([...reads].sort());
    });
  }

  test('has what they write when bills and orders are made', async () => {
    const coordinator = running.get('coordinator')?.url;
    const orders = running.get('orders-service')?.url;
    const run = await post(`${coordinator}/`, ['1', '2']);
    const { runId } = (await run.json()) as { readonly runId: string };
    const order = { id: 'acl-1', customerId: '2', lines: [{ sku: 'JUMPERS', quantity: 1, price: '75.00' }] };
    expect((await post(`${orders}/api/orders`, order)).status).toBe(201);
    await until('the run to end', async () => {
      const answer = await fetch(`${coordinator}/runs/${runId}`);
      return ((await answer.json()) as { readonly ended: boolean }).ended;
    });
    await until('the forecast', () => seen.get('forecasting-service')?.written.has('forecasts'));
    await until('the shipment', () => seen.get('logistic-service')?.written.has('shipments'));
    for (const [service, { written }] of seen) {
      const rules = aclRules([service], { jobsInKafka: false });
      const allowed = rules.filter(({ operation }) => operation === 'Write').map(({ name }) => name);
      const missing = [...written].filter((topic) => !allowed.includes(topic));
      expect({ service, missing }).toEqual({ service, missing: [] });
    }
  }, 60_000);
});

function post(url: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Every port is free to choose, and a receiver of webhooks is named, so that its groups are there. */
function settingsIn(dataDir: string): Settings {
  const ports = [
    'COORDINATOR',
    'CRM',
    'ORDERS',
    'INVENTORY',
    'PRODUCTS',
    'NOTIFICATIONS',
    'CONFIGURATION',
    'OPERATIONS',
  ];
  return readSettings(
    {
      DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
      WEBHOOK_URL: 'http://127.0.0.1:9/hook',
      WEBHOOK_SECRET: 'a secret of thirty-two characters',
      ...Object.fromEntries(ports.map((name) => [`${name}_PORT`, '0'])),
    },
    false,
  );
}
