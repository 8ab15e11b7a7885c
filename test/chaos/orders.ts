// The orders ecosystem as the subject: two processes of each service, and the story's own oracle, which shares no code
// with the folds that it judges.
import { join } from 'node:path';
import { orderTopics } from '../../core/mod.ts';
import { postOrders } from '../story/orders-client.ts';
import { type Kind, kinds, OrdersLab, sides } from '../story/orders-lab.ts';
import { judge } from '../story/orders-oracle.ts';
import { type Traffic, traffic } from '../story/orders-traffic.ts';
import { until } from '../support/until.ts';
import type { Brokers, RawRecord } from './brokers.ts';
import { killing } from './faults/processes.ts';
import { Fleet, type MemberSpec } from './fleet.ts';
import { Ground } from './ground.ts';
import type { Fault } from './lanes.ts';
import type { ChaosOptions, FaultKind } from './options.ts';
import type { Outcome, Subject } from './subject.ts';

/** One of the groups of each service, to see whether it puts a frozen member out. */
const GROUPS: Readonly<Record<string, string>> = {
  'orders-service': 'orders',
  'inventory-service': 'inventory-orders',
  'fraud-service': 'fraud',
  'order-details-service': 'order-details',
  'validation-aggregator': 'validation-aggregator',
  'fulfilment-service': 'fulfilment',
  'logistic-service': 'logistic',
  'email-service': 'order-emails',
  crm: 'crm',
};

const PARTS = 50;
const IN_FLIGHT = 4;
const STOCK_MS = 120_000;
const END_STATES: readonly string[] = ['FAILED', 'SHIPPED'];

export class OrdersSubject implements Subject {
  readonly fleet: Fleet;
  readonly brokers: Brokers;
  readonly off: ReadonlyMap<FaultKind, string>;
  /** All that carry work; not those that are compacted, where only what is last counts. */
  readonly copiedTopics: readonly string[] = [
    orderTopics.orderRequests,
    orderTopics.orders,
    orderTopics.ordersByCustomer,
    orderTopics.orderValidations,
    orderTopics.inventoryRequests,
    orderTopics.inventoryReplies,
    orderTopics.payments,
    'events',
    'workflow-queue',
    'questions-topic',
    'answers-topic',
    'workflow-events',
  ];
  readonly #options: ChaosOptions;
  readonly #ground: Ground;
  readonly #lab: OrdersLab;
  readonly #traffic: Traffic;
  readonly #ended: Set<string> = new Set();
  #posted = 0;
  #repeated = 0;

  private constructor(options: ChaosOptions, directory: string, ground: Ground, lab: OrdersLab) {
    this.#options = options;
    this.#ground = ground;
    this.#lab = lab;
    this.brokers = ground.brokers;
    this.off = ground.off;
    this.fleet = new Fleet(directory);
    this.#traffic = traffic(options.workflows);
  }

  /** The processes write to files in `directory`; data has a directory of the lab's. Throws `OptionsError` for what can't be had here. */
  static async open(options: ChaosOptions, directory: string): Promise<OrdersSubject> {
    const ground = await Ground.open(options);
    const { partitions, sessionMs: sessionTimeoutMs } = options;
    const lab = await OrdersLab.make({ brokers: ground.cluster.brokers, partitions, sessionTimeoutMs });
    return new OrdersSubject(options, directory, ground, lab);
  }

  async start(): Promise<void> {
    await this.#lab.log.furnish();
    // all 18 at once would keep each other from coming up
    for (const side of sides) await this.fleet.startAll(kinds.map((kind) => this.#spec(kind, side)));
    const stock = [`inventory-products ${orderTopics.warehouseInventory}`];
    const isKnown = async (): Promise<boolean> => (await this.#lab.log.unread(stock)).length === 0;
    // the log has no order between topics: a reservation that came before the stock would find none
    await until('the stock to be known', isKnown, STOCK_MS);
  }

  faults(): readonly Fault[] {
    const own: Partial<Record<FaultKind, () => Fault>> = {
      ...this.#ground.faults(this.fleet, GROUPS, this.#jobsFile()),
      service: () => killing(this.fleet, 'service'),
    };
    return this.#options.faults.flatMap((kind) => (this.off.has(kind) ? [] : (own[kind]?.() ?? [])));
  }

  /** In parts, each at its time, whether those before it have been answered or not. */
  async work(overMs: number): Promise<void> {
    const parts = Array.from({ length: PARTS }, async (_, part) => {
      await Bun.sleep((part * overMs) / PARTS);
      await this.#workOff(this.#part(part));
    });
    await Promise.all(parts);
  }

  /** Half of the payments before their orders, and orders of several lines in between. */
  async #workOff({ posts, requests, payments }: Traffic): Promise<void> {
    const pay = (some: Traffic['payments']): Promise<void> =>
      this.#publish(orderTopics.payments, some, ({ orderId }) => orderId);
    const half = Math.floor(payments.length / 2);
    await pay(payments.slice(0, half));
    const posting = { urls: this.#lab.urls, inFlight: IN_FLIGHT, onPosted: () => void this.#posted++ };
    this.#repeated += await postOrders(posts, posting);
    await this.#publish(orderTopics.orderRequests, requests, ({ id }) => id);
    this.#posted += requests.length;
    await pay(payments.slice(half));
  }

  onRecord({ topic, key, value }: RawRecord): void {
    if (topic !== orderTopics.orders) return;
    const { state } = JSON.parse(String(value)) as { state: string };
    if (END_STATES.includes(state)) this.#ended.add(String(key));
  }

  ended(): number {
    return this.#ended.size;
  }

  progress(): string {
    return `${this.#posted} orders taken (${this.#repeated} sent again), ${this.#ended.size} ended, ${this.#lab.mails().length} mails`;
  }

  hasEnded(): boolean {
    return this.#posted === this.#count() && this.#ended.size === this.#count();
  }

  unread(): Promise<readonly string[]> {
    return this.#lab.log.unread();
  }

  async check(): Promise<Outcome> {
    const endsAtMs = new Map<string, number>();
    await this.brokers.read([orderTopics.orders], ({ key, value, timestampMs }) => {
      const { state } = JSON.parse(value ?? '{}') as { state?: string };
      if (END_STATES.includes(state ?? '') && !endsAtMs.has(key ?? '')) endsAtMs.set(key ?? '', timestampMs);
    });
    const judgement = judge(await this.#lab.log.read(), this.#lab.mails());
    const { complaints, requested, validated, failed, shipped, mails, repeats } = judgement;
    const missing =
      requested === this.#count() ? [] : [`${requested} of ${this.#count()} orders were ever requested`];
    if (shipped !== validated) missing.push(`${validated} were validated and ${shipped} shipped`);
    return {
      counts: { accepted: requested, validated, failed, shipped, mails, 'orders told again': repeats },
      complaints: [...missing, ...complaints].map((what) => ({ kind: 'changed', what })),
      endsAtMs: [...endsAtMs.values()],
    };
  }

  async close(): Promise<void> {
    await this.fleet.close();
    await this.#lab.close();
    await this.#ground.close();
  }

  #spec(kind: Kind, side: (typeof sides)[number]): MemberSpec {
    const name = `${kind}-${side}`;
    const { services, env, url } = this.#lab.processOf(kind, side);
    return {
      name,
      services,
      ...(url === undefined ? {} : { url }),
      env: { ...env, ...this.#ground.env(name) },
    };
  }

  /** Where jobs in SQLite lie, which all share. */
  #jobsFile(): string {
    return join(this.#lab.processOf('crm', 'a').env.DATA_DIR ?? '', 'jobs.db');
  }

  #count(): number {
    return this.#traffic.posts.length + this.#traffic.requests.length;
  }

  #part(at: number): Traffic {
    const some = <T>(values: readonly T[]): readonly T[] =>
      values.slice((at * values.length) / PARTS, ((at + 1) * values.length) / PARTS);
    const { posts, requests, payments } = this.#traffic;
    return { posts: some(posts), requests: some(requests), payments: some(payments) };
  }

  async #publish<V>(topic: string, values: readonly V[], keyOf: (value: V) => string): Promise<void> {
    if (values.length === 0) return;
    const messages = values.map((value) => ({ key: keyOf(value), value: JSON.stringify(value) }));
    await this.brokers.publish(topic, messages);
  }
}
