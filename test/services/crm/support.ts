import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  type AnswerMessage,
  type Customer,
  type IncomingRecord,
  type OutgoingRecord,
  partitionFor,
  type QuestionMessage,
  topicSpecs,
  topics,
} from '../../../core/mod.ts';
import { startCrm } from '../../../services/crm/index.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { readSettings, type Settings } from '../../../services/platform/config.ts';
import type { Service } from '../../../services/platform/service.ts';
import { startOn } from '../../support/platform.ts';
import { until } from '../../support/until.ts';

export const PARTITIONS = 4;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of an answer, looked into by expectations only
  readonly body: any;
}

/** CRMs over one embedded log. */
export class CrmBench {
  readonly settings: Settings;
  readonly backing: Backing;
  readonly logged: string[] = [];
  readonly #running: Service[] = [];

  private constructor(settings: Settings, backing: Backing) {
    this.settings = settings;
    this.backing = backing;
  }

  static async make(): Promise<CrmBench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'requite-crm-'));
    const settings = readSettings(
      { DATA_DIR: dataDir, CRM_PORT: '0', PARTITIONS: String(PARTITIONS) },
      false,
    );
    const backing = await openBacking(settings);
    await backing.transport.createTopics(topicSpecs(PARTITIONS));
    return new CrmBench(settings, backing);
  }

  async start(backing: Backing = this.backing, changes: Partial<Settings> = {}): Promise<Service> {
    const logger = pino({ level: 'info' }, { write: (line: string) => void this.logged.push(line) });
    const service = await startOn(startCrm, { settings: { ...this.settings, ...changes }, backing, logger });
    this.#running.push(service);
    return service;
  }

  async close(): Promise<void> {
    for (const service of this.#running) await service.stop();
    await this.backing.close();
  }

  publish(...records: OutgoingRecord[]): Promise<void> {
    return this.backing.transport.publish(records);
  }

  /** Everything on a topic now, in the order of each partition. */
  async all(topic: string): Promise<readonly IncomingRecord[]> {
    const reader = await this.backing.transport.read({ topics: [topic], from: () => 0 });
    const count = (await this.backing.transport.endOffsets(topic)).reduce((sum, end) => sum + end, 0);
    const records: IncomingRecord[] = [];
    await until(`${count} records`, async () => {
      if (records.length < count) records.push(...(await reader.poll({ maxRecords: 1_000, waitMs: 10 })));
      return records.length >= count;
    });
    await reader.close();
    return records;
  }

  /** Puts a question on its topic, as an engine would. */
  async ask(qaIdentifier: string, payload: unknown, questionCategory = 'customer'): Promise<void> {
    const key = qaIdentifier.split('/')[1] ?? '';
    const question: QuestionMessage = { qaIdentifier, questionCategory, payload };
    const partition = partitionFor(key, PARTITIONS);
    await this.publish({ topic: topics.questions, partition, key, value: JSON.stringify(question) });
  }

  /** The answers to a question, once there is one; their records too. */
  answersTo(
    qaIdentifier: string,
  ): Promise<{ readonly message: AnswerMessage; readonly record: IncomingRecord }[]> {
    return until(`an answer to ${qaIdentifier}`, async () => {
      const records = await this.all(topics.answers);
      const answers = records.map((record) => ({
        record,
        message: JSON.parse(String(record.value)) as AnswerMessage,
      }));
      const ours = answers.filter(({ message }) => message.qaIdentifier === qaIdentifier);
      return ours.length > 0 && ours;
    });
  }
}

/** Sends a request to a CRM and reads the answer. */
export async function send(
  service: Service,
  method: string,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const response = await fetch(`${service.url}${path}`, { method, ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

export function post(service: Service, customer: unknown): Promise<Answer> {
  const body = typeof customer === 'string' ? customer : JSON.stringify(customer);
  return send(service, 'POST', '/customers', { body, headers: { 'content-type': 'application/json' } });
}

/** A customer with a secret in its name, to be looked for in logs. */
export function customer(customerIdentifier: string, changes: Partial<Customer> = {}): Customer {
  return {
    customerIdentifier,
    name: 'Hedwig Geheimrat',
    address: { lines: ['Weg 1'], city: 'Wien', country: 'AT' },
    currency: 'EUR',
    subscriptions: [{ description: 'Line', quantity: '1', unitPrice: '10.00', taxRate: '20' }],
    usage: [],
    ...changes,
  };
}
