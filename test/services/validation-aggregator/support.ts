// An aggregator on the embedded log, or on a broker that others use too, in this process or in one that can be killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CheckType,
  type JobReport,
  type Order,
  type OrderValidation,
  type OutgoingRecord,
  orderTopicSpecs,
  orderTopics,
  partitionFor,
  topicSpecs,
  topics,
  type ValidatedOrder,
} from '../../../core/mod.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { uniqueName } from '../../broker/index.ts';
import { openNamedBacking } from '../../support/named-backing.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';

export const PARTITIONS = 2;
export const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

/** Where an aggregator works: what a process is told of it. */
export interface Place {
  readonly dataDir: string;
  /** '' for the embedded log. */
  readonly brokers: string;
  readonly prefix: string;
}

function newPlace(brokers = ''): Place {
  return {
    dataDir: mkdtempSync(join(tmpdir(), 'requite-aggregator-')),
    brokers,
    prefix: uniqueName('orders'),
  };
}

export function openPlace(place: Place): Promise<Backing> {
  return place.brokers === '' ? openBacking({ dataDir: place.dataDir }, logger) : openNamedBacking(place);
}

/** What the tests see and do beside the aggregator: publish orders and results, read what came of them. */
export class Bench {
  readonly place: Place;
  readonly backing: Backing;
  readonly #processes: Set<ChildProcess> = new Set();

  private constructor(place: Place, backing: Backing) {
    this.place = place;
    this.backing = backing;
  }

  static async open(brokers = ''): Promise<Bench> {
    const place = newPlace(brokers);
    const backing = await openPlace(place);
    await backing.transport.createTopics([...topicSpecs(PARTITIONS), ...orderTopicSpecs(PARTITIONS)]);
    return new Bench(place, backing);
  }

  publish(...records: readonly OutgoingRecord[]): Promise<void> {
    return this.backing.transport.publish(records);
  }

  /** Starts an aggregator in a process of its own, and waits until it is up. */
  async startProcess(limit = '5m'): Promise<ChildProcess> {
    const child = spawn(process.execPath, [join(import.meta.dir, 'fixtures', 'process.ts')], {
      env: { ...process.env, PLACE: JSON.stringify(this.place), VALIDATION_LIMIT: limit },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#processes.add(child);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await until('the aggregator to be up', () => {
      if (child.exitCode !== null) throw new Error(`the aggregator ended with ${child.exitCode}`);
      return output.includes('up');
    });
    return child;
  }

  async kill(child: ChildProcess): Promise<void> {
    child.kill('SIGKILL');
    await until('the aggregator to be gone', () => child.exitCode !== null || child.signalCode !== null);
    this.#processes.delete(child);
  }

  async reports(): Promise<JobReport[]> {
    const records = await readTopic(this.backing.transport, topics.workflowEvents);
    return records.map(({ value }) => JSON.parse(textOf(value)) as JobReport);
  }

  /** Each order's result, by order id. An order that had two would fail the test. */
  async results(): Promise<Map<string, ValidatedOrder>> {
    const results = new Map<string, ValidatedOrder>();
    for (const report of await this.reports()) {
      const completed = report.events.find((event) => event.event === 'completed');
      if (completed === undefined) continue;
      const id = report['workflow-id'];
      const result = completed.result as ValidatedOrder;
      const known = results.get(id);
      if (known !== undefined && JSON.stringify(known) !== JSON.stringify(result))
        throw new Error(`two results for ${id}: ${JSON.stringify([known, result])}`);
      results.set(id, result);
    }
    return results;
  }

  async resultOf(id: string): Promise<ValidatedOrder> {
    return until(`the result of ${id}`, async () => (await this.results()).get(id));
  }

  async deadLetters(): Promise<number> {
    return (await readTopic(this.backing.transport, topics.deadLetters)).length;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes].map((child) => this.kill(child)));
    await this.backing.close();
    rmSync(this.place.dataDir, { recursive: true, force: true });
  }
}

export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : new TextDecoder().decode(value as Uint8Array);

export function orderRecord(id: string): OutgoingRecord {
  const order: Order = {
    id,
    customerId: '15',
    state: 'CREATED',
    revision: 1,
    lines: [{ product: 'JUMPERS', quantity: 1, price: '5.00' }],
    createdAt: '2026-12-01T10:00:00.000Z',
    failures: [],
  };
  const message = {
    'workflow-type': 'order-validation',
    'workflow-id': id,
    'create-time': order.createdAt,
    payload: order,
  };
  return record(topics.workflowQueue, id, message);
}

/** A validator's result: PASS without reasons, FAIL with them. */
export function resultRecord(orderId: string, checkType: CheckType, ...reasons: string[]): OutgoingRecord {
  const validationResult = reasons.length === 0 ? 'PASS' : 'FAIL';
  const value: OrderValidation = { orderId, checkType, validationResult, reasons };
  return record(orderTopics.orderValidations, orderId, value);
}

const record = (topic: string, key: string, value: unknown): OutgoingRecord => ({
  topic,
  partition: partitionFor(key, PARTITIONS),
  key,
  value: JSON.stringify(value),
});
