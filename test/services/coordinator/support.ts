import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumerWith } from '../../../core/messages/consumer-with.ts';
import {
  type Consumer,
  type IncomingRecord,
  type JobEvent,
  type JobReport,
  MemoryJobStore,
  MemoryLog,
  type OutgoingRecord,
  partitionFor,
  type Transport,
  type TransportUnit,
  topicSpecs,
  topics,
} from '../../../core/mod.ts';
import { startCoordinator } from '../../../services/coordinator/index.ts';
import { readSettings } from '../../../services/platform/config.ts';
import { createLogger } from '../../../services/platform/log.ts';
import type { Service } from '../../../services/platform/service.ts';
import { startOn } from '../../support/platform.ts';

export const PARTITIONS = 2;

/** A log to share among coordinators, with its topics. */
export async function newLog(): Promise<MemoryLog> {
  const log = new MemoryLog({ sleep: (ms) => Bun.sleep(ms), now: Date.now });
  await log.createTopics(topicSpecs(PARTITIONS));
  return log;
}

/** A running coordinator, as a client sees it. */
export interface Running {
  readonly service: Service;
  readonly url: string;
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  json(path: string): Promise<Body>;
}

// biome-ignore lint/suspicious/noExplicitAny: a reply's JSON is looked at field by field
export type Body = any;

const running = new Set<Service>();
const directories = new Set<string>();

export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'requite-coordinator-'));
  directories.add(directory);
  return directory;
}

/** Starts a coordinator with a view of its own. */
export async function start(
  transport: Transport,
  dataDir: string = newDirectory(),
  more: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const environment = {
    DATA_DIR: dataDir,
    COORDINATOR_PORT: '0',
    PARTITIONS: String(PARTITIONS),
    LOG_LEVEL: 'silent',
    ...more,
  };
  const settings = readSettings(environment, false);
  const logger = createLogger(settings);
  const backing = {
    kind: 'embedded',
    description: 'in memory',
    transport,
    jobStore: new MemoryJobStore(),
    commit: unused,
    atomic: false,
    close: async () => {},
  } as const;
  const service = await startOn(startCoordinator, { settings, backing, logger });
  running.add(service);
  const url = service.url ?? '';
  const get: Running['get'] = (path, headers = {}) => fetch(url + path, { headers });
  return {
    service,
    url,
    get,
    post: (body, headers = {}) => {
      const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      return fetch(url, {
        method: 'POST',
        body: text as string,
        headers: { 'content-type': 'application/json', ...headers },
      });
    },
    json: async (path) => (await get(path)).json(),
  };
}

async function unused(): Promise<never> {
  throw new Error('the coordinator has no jobs to commit');
}

/** Stops a coordinator before its test ends. */
export async function stop({ service }: Running): Promise<void> {
  running.delete(service);
  await service.stop();
}

/** Stops what is left running and deletes its files. */
export async function cleanUp(): Promise<void> {
  await Promise.all([...running].map((service) => service.stop()));
  running.clear();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  directories.clear();
}

/** Everything on a topic now, partition by partition. */
export async function recordsOn(transport: Transport, topic: string): Promise<readonly IncomingRecord[]> {
  const ends = await transport.endOffsets(topic);
  const total = ends.reduce((sum, end) => sum + end, 0);
  const reader = await transport.read({ topics: [topic], from: () => 0 });
  const records: IncomingRecord[] = [];
  while (records.length < total) records.push(...(await reader.poll({ maxRecords: 10_000, waitMs: 50 })));
  await reader.close();
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** The workflow-ids on workflow-queue. */
export async function queued(transport: Transport): Promise<readonly string[]> {
  return (await recordsOn(transport, topics.workflowQueue)).map(({ key }) => String(key));
}

/** Attempts until the condition holds; fails the test after ten seconds. */
export async function eventually(what: string, attempt: () => Promise<boolean> | boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!(await attempt())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ten seconds: ${what}`);
    await Bun.sleep(5);
  }
}

/** A report of a job, as an engine writes it. */
export function report(
  workflowId: string,
  revision: number,
  status: JobReport['status'],
  events: readonly JobEvent[],
  workflowType = 'bill-generation',
): OutgoingRecord {
  const value: JobReport = {
    'workflow-type': workflowType,
    'workflow-id': workflowId,
    version: 1,
    revision,
    time: `2026-11-21T10:00:0${revision % 10}.000Z`,
    status,
    events: [...events],
  };
  const partition = partitionFor(workflowId, PARTITIONS);
  return { topic: topics.workflowEvents, partition, key: workflowId, value: JSON.stringify(value) };
}

export const started: JobEvent = { event: 'started', createTime: '2026-11-21T09:59:59.000Z' };
export const asked: JobEvent = {
  event: 'asked',
  step: 0,
  category: 'customer',
  payload: { customerIdentifier: '1' },
};

/** What a test does to what passes through a transport: return normally to let it through, or throw. */
export interface Faults {
  publish?: (records: readonly OutgoingRecord[]) => void | Promise<void>;
  commit?: (unit: TransportUnit) => void | Promise<void>;
}

/** A transport of the same log that fails when it is told to. */
export function faulty(log: MemoryLog, faults: Faults): Transport {
  const inner = log.connect();
  return {
    createTopics: (specs) => inner.createTopics(specs),
    logId: () => inner.logId(),
    endOffsets: (topic) => inner.endOffsets(topic),
    read: (options) => inner.read(options),
    close: () => inner.close(),
    publish: async (records) => {
      await faults.publish?.(records);
      await inner.publish(records);
    },
    join: async (options) => faultyConsumer(await inner.join(options), faults),
  };
}

function faultyConsumer(consumer: Consumer, faults: Faults): Consumer {
  return consumerWith(consumer, {
    commit: async (unit) => {
      await faults.commit?.(unit);
      await consumer.commit(unit);
    },
  });
}
