import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  AnswerError,
  type Customer,
  type CustomerLevel,
  type IncomingRecord,
  type Order,
  type OutgoingRecord,
  orderTopics,
  type Payment,
  partitionFor,
  topics,
} from '../../../core/mod.ts';
import { startEmailService } from '../../../services/email/index.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { type Host, serveAnswers } from '../../../services/platform/bun.ts';
import { readSettings, type Settings } from '../../../services/platform/config.ts';
import type { Service } from '../../../services/platform/service.ts';
import { sharedBroker, uniqueName } from '../../broker/index.ts';
import { openNamedBacking } from '../../support/named-backing.ts';
import { startOn } from '../../support/platform.ts';
import { readTopic } from '../../support/read-topic.ts';

export const PARTITIONS = 4;
const CREATED_AT = '2026-11-03T10:11:12.345Z';

export function orderOf(id: string, customerId = `c-${id}`): Order {
  const lines = [{ product: 'JUMPERS', quantity: 2, price: '12.50' }];
  return { id, customerId, state: 'CREATED', revision: 1, lines, createdAt: CREATED_AT, failures: [] };
}

export const paymentOf = (orderId: string, changes: Partial<Payment> = {}): Payment => ({
  id: `p-${orderId}`,
  orderId,
  ccy: 'EUR',
  amount: '25.00',
  ...changes,
});

const record = (topic: string, key: string, value: unknown): OutgoingRecord => ({
  topic,
  partition: partitionFor(key, PARTITIONS),
  key,
  value: JSON.stringify(value),
});
export const orderRecord = (order: Order): OutgoingRecord => record(orderTopics.orders, order.id, order);
export const paymentRecord = (payment: Payment): OutgoingRecord =>
  record(orderTopics.payments, payment.orderId, payment);

/** A CRM that knows everybody but `c-nobody`; customers `c-gold…` and `c-platinum…` are what they are called. */
function customerOf(customerIdentifier: string): Customer {
  if (customerIdentifier === 'c-nobody') throw new AnswerError('customer-not-found', 'nobody of that name');
  const [, level] = /^c-(gold|platinum)/.exec(customerIdentifier) ?? [];
  return {
    customerIdentifier,
    name: `Customer ${customerIdentifier}`,
    address: { lines: ['Weg 1'], city: 'Wien', country: 'AT' },
    currency: 'EUR',
    ...(customerIdentifier === 'c-mailless' ? {} : { email: `${customerIdentifier}@example.com` }),
    ...(level === undefined ? {} : { level: level as CustomerLevel }),
    subscriptions: [],
    usage: [],
  };
}

export const answerAsCrm = (backing: Backing): Promise<Host> =>
  serveAnswers(
    { customer: (payload) => customerOf((payload as { customerIdentifier: string }).customerIdentifier) },
    { backing, logger: pino({ level: 'silent' }), partitions: PARTITIONS, group: 'crm' },
  );

export const settingsFor = (dataDir: string, environment: Readonly<Record<string, string>> = {}): Settings =>
  readSettings({ DATA_DIR: dataDir, PARTITIONS: String(PARTITIONS), ...environment }, false);

/** The embedded log in this folder; or topics and groups with names of their own on these brokers, the jobs in it. */
export function openNamed(dataDir: string, brokers?: string, prefix = ''): Promise<Backing> {
  return brokers === undefined ? openBacking({ dataDir }) : openNamedBacking({ dataDir, brokers, prefix });
}

/** The email service, with a CRM, over a log of its own. */
export class EmailBench {
  readonly settings: Settings;
  readonly backing: Backing;
  readonly logged: Record<string, unknown>[] = [];
  readonly #open: { stop(): Promise<void> }[] = [];

  private constructor(settings: Settings, backing: Backing) {
    this.settings = settings;
    this.backing = backing;
  }

  /** `where`: the embedded log, or names of its own on the broker that the tests share. */
  static async make(
    where: 'embedded' | 'kafka',
    environment: Readonly<Record<string, string>> = {},
  ): Promise<EmailBench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'requite-email-'));
    const brokers = where === 'kafka' ? (await sharedBroker()).brokers : undefined;
    const backing = await openNamed(dataDir, brokers, uniqueName('email'));
    const bench = new EmailBench(settingsFor(dataDir, environment), backing);
    bench.#open.push(await answerAsCrm(bench.backing));
    return bench;
  }

  async start(changes: Partial<Settings> = {}): Promise<Service> {
    const write = (line: string): void => void this.logged.push(JSON.parse(line) as Record<string, unknown>);
    const logger = pino({ level: 'info' }, { write });
    const service = await startOn(startEmailService, {
      settings: { ...this.settings, ...changes },
      backing: this.backing,
      logger,
    });
    this.#open.push(service);
    return service;
  }

  async close(): Promise<void> {
    for (const one of this.#open.splice(0).reverse()) await one.stop();
    await this.backing.close();
  }

  publish(...records: readonly OutgoingRecord[]): Promise<void> {
    return this.backing.transport.publish(records);
  }

  read(topic: string): Promise<IncomingRecord[]> {
    return readTopic(this.backing.transport, topic);
  }

  /** The reasons of the dead letters, sorted. */
  async letters(): Promise<(string | undefined)[]> {
    return (await this.read(topics.deadLetters)).map(({ headers }) => headers['requite-reason']).sort();
  }

  /** The names of the mails in the outbox, sorted. */
  outbox(): string[] {
    return readdirSync(this.settings.outboxDir)
      .filter((name) => name.endsWith('.eml'))
      .sort();
  }

  mail(name: string): string {
    return readFileSync(join(this.settings.outboxDir, name), 'utf8');
  }

  /** What the log of the service says, by message. */
  said(message: string): number {
    return this.logged.filter(({ msg }) => msg === message).length;
  }
}
