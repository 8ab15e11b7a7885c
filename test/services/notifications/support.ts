import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type IncomingRecord, type Json, type OutgoingRecord, topics } from '../../../core/mod.ts';
import { startNotificationService } from '../../../services/notifications/index.ts';
import type { Backing } from '../../../services/platform/backing.ts';
import type { Settings } from '../../../services/platform/config.ts';
import { settingRecord } from '../../../services/platform/configuration/records.ts';
import type { Service } from '../../../services/platform/service.ts';
import { sharedBroker, uniqueName } from '../../broker/index.ts';
import { startOn } from '../../support/platform.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { answerAsCrm, openNamed, orderOf, orderRecord, PARTITIONS, settingsFor } from '../email/support.ts';
import { SECRET } from './receiver.ts';

export { orderOf, orderRecord, PARTITIONS } from '../email/support.ts';

/** Quick enough for tests; each can be overridden. */
const QUICK = {
  CONFIG_NOTIFICATION_SERVICE_WEBHOOK_BACKOFF_MS: '20',
  CONFIG_NOTIFICATION_SERVICE_WEBHOOK_MAX_BACKOFF_MS: '200',
  CONFIG_NOTIFICATION_SERVICE_WEBHOOK_PROBE_AFTER_MS: '50',
};

/** The settings of a service that posts to this address. */
export const settingsTo = (
  dataDir: string,
  url: string | null,
  more: Readonly<Record<string, string>> = {},
): Settings =>
  settingsFor(dataDir, {
    NOTIFICATIONS_PORT: '0',
    ...(url === null ? {} : { WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET }),
    ...QUICK,
    ...more,
  });

/** What `GET /notifications/:id` says. */
export interface Shown {
  readonly id: string;
  readonly status: string;
  readonly round: number;
  readonly recipient?: string;
  readonly subject?: string;
  readonly nextAttemptAt?: string;
  readonly problem?: { readonly code: string; readonly message: string };
  readonly attempts: readonly {
    readonly outcome: string;
    readonly status: number | null;
    readonly reason: string;
    readonly time: string;
  }[];
  readonly retries: readonly { readonly round: number; readonly by: string | null }[];
}

export const outboxIn = (outboxDir: string): string[] => {
  try {
    return readdirSync(join(outboxDir, 'notifications')).filter((name) => name.endsWith('.eml'));
  } catch {
    return []; // the service has not made it yet
  }
};

/** The notification service, with a CRM, over a log of its own. */
export class NotificationsBench {
  readonly settings: Settings;
  readonly backing: Backing;
  readonly logged: Record<string, unknown>[] = [];
  readonly #open: { stop(): Promise<void> }[] = [];
  #changes = 0;
  #url = '';

  private constructor(settings: Settings, backing: Backing) {
    this.settings = settings;
    this.backing = backing;
  }

  /** `where`: the embedded log, or names of its own on the broker that the tests share. */
  static async make(
    where: 'embedded' | 'kafka',
    url: string | null,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<NotificationsBench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'requite-notifications-'));
    const brokers = where === 'kafka' ? (await sharedBroker()).brokers : undefined;
    const backing = await openNamed(dataDir, brokers, uniqueName('notifications'));
    const bench = new NotificationsBench(settingsTo(dataDir, url, environment), backing);
    bench.#open.push(await answerAsCrm(backing));
    return bench;
  }

  async start(changes: Partial<Settings> = {}): Promise<Service> {
    const write = (line: string): void => void this.logged.push(JSON.parse(line) as Record<string, unknown>);
    const service = await startOn(startNotificationService, {
      settings: { ...this.settings, ...changes },
      backing: this.backing,
      logger: pino({ level: 'info' }, { write }),
    });
    this.#url = service.url ?? '';
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

  place(...ids: readonly string[]): Promise<void> {
    return this.publish(...ids.map((id) => orderRecord(orderOf(id))));
  }

  read(topic: string): Promise<IncomingRecord[]> {
    return readTopic(this.backing.transport, topic);
  }

  /** The reasons of the dead letters, sorted. */
  async letters(): Promise<(string | undefined)[]> {
    return (await this.read(topics.deadLetters)).map(({ headers }) => headers['requite-reason']).sort();
  }

  /** Sets a setting centrally, as the configuration service would. */
  async set(key: string, value: Json): Promise<void> {
    const change = ++this.#changes;
    const at = new Date().toISOString();
    await this.publish(
      settingRecord({ service: 'notification-service', key, value, by: 'a test', at, change }, PARTITIONS),
    );
  }

  outbox(): string[] {
    return outboxIn(this.settings.outboxDir).sort();
  }

  mail(name: string): string {
    return readFileSync(join(this.settings.outboxDir, 'notifications', name), 'utf8');
  }

  ask(path: string, options: RequestInit = {}): Promise<Response> {
    return fetch(`${this.#url}${path}`, options);
  }

  async list(query = ''): Promise<readonly Shown[]> {
    const answer = await this.ask(`/notifications${query}`);
    return ((await answer.json()) as { notifications: Shown[] }).notifications;
  }

  /** A notification, once it is as wanted. */
  shown(id: string, what: string, isWanted: (shown: Shown) => boolean): Promise<Shown> {
    return until(`notification ${id} to be ${what}`, async () => {
      const answer = await this.ask(`/notifications/${encodeURIComponent(id)}`);
      const shown = answer.ok ? ((await answer.json()) as Shown) : null;
      return shown !== null && isWanted(shown) && shown;
    });
  }

  ended(id: string, status: string): Promise<Shown> {
    return this.shown(id, status, (shown) => shown.status === status);
  }

  retry(id: string): Promise<Response> {
    return this.ask(`/notifications/${encodeURIComponent(id)}/retry`, { method: 'POST' });
  }

  said(message: string): number {
    return this.logged.filter(({ msg }) => msg === message).length;
  }
}
