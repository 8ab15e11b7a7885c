// The billing lab as the subject: runs are posted, and the checker says which bills there must be.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { until } from '../support/until.ts';
import type { Brokers, RawRecord } from './brokers.ts';
import { type BillFile, CHECKED_TOPICS, Checker } from './checker.ts';
import type { Owed } from './checker-bill.ts';
import { Client } from './client.ts';
import { breaking } from './faults/broken.ts';
import { fillingDisk, mountSmallDisk, type SmallDisk } from './faults/disk.ts';
import { COPY_HEADER } from './faults/duplicates.ts';
import { joining } from './faults/joins.ts';
import { killing } from './faults/processes.ts';
import { Fleet, type MemberSpec } from './fleet.ts';
import { Ground } from './ground.ts';
import type { Fault } from './lanes.ts';
import type { ChaosOptions, FaultKind } from './options.ts';
import { makePlan, type Plan } from './plan.ts';
import type { Outcome, Subject } from './subject.ts';

/** Each bill takes a page of memory on the small disk; so much more is free, and is what gets full. */
const PAGE_BYTES = 4_096;
const SPARE_BYTES = 16 * 1_048_576;
/** From so many joins and leaves on, four at once. */
const MANY_JOINS = 50;
const SEED_BATCH = 500;

/** The groups of which members can be zombies, by service; the engine has the bill writers' beside it. */
const GROUPS: Readonly<Record<string, string>> = { engine: 'engine', crm: 'crm', coordinator: 'coordinator' };
const ALL_GROUPS = [
  'engine',
  'crm',
  'coordinator',
  'bill-writer',
  'bill-number-questions',
  'bill-numbers',
] as const;
const ENDS: readonly string[] = ['completed', 'failed', 'cancelled'];

export class BillingSubject implements Subject {
  readonly fleet: Fleet;
  readonly brokers: Brokers;
  readonly off: Map<FaultKind, string>;
  readonly copiedTopics: readonly string[] = [
    'workflow-queue',
    'questions-topic',
    'answers-topic',
    'workflow-events',
  ];
  readonly #options: ChaosOptions;
  readonly #directory: string;
  readonly #ground: Ground;
  readonly #disk: SmallDisk | null;
  readonly #ports: readonly number[];
  readonly #plan: Plan;
  readonly #owed: ReadonlyMap<string, Owed>;
  readonly #client: Client;
  readonly #broken: Map<string, boolean> = new Map();
  readonly #ended: Set<string> = new Set();

  private constructor(options: ChaosOptions, directory: string, ground: Ground, ports: readonly number[]) {
    this.#options = options;
    this.#directory = directory;
    this.#ground = ground;
    this.#ports = ports;
    this.brokers = ground.brokers;
    this.off = new Map(ground.off);
    this.fleet = new Fleet(directory);
    this.#plan = makePlan(options.seed, options.workflows);
    this.#owed = owedOf(this.#plan);
    this.#client = new Client(ports.slice(0, options.coordinators).map((port) => `http://127.0.0.1:${port}`));
    this.#disk = this.#mount();
  }

  /** Brings up all but the services. `directory` is empty. Throws `OptionsError` for what can't be had here. */
  static async open(options: ChaosOptions, directory: string): Promise<BillingSubject> {
    const ports = await freePorts(options.coordinators + options.crms);
    return new BillingSubject(options, directory, await Ground.open(options), ports);
  }

  async start(): Promise<void> {
    await this.fleet.startAll(this.#specs());
    const messages = [...this.#plan.customers.values()].map((each) => ({
      key: each.customerIdentifier,
      value: JSON.stringify(each),
    }));
    for (let from = 0; from < messages.length; from += SEED_BATCH)
      await this.brokers.publish('customers', messages.slice(from, from + SEED_BATCH));
    const inSync = (): Promise<boolean> => this.brokers.isInSync().catch(() => false);
    await until('every replica to be in sync', inSync);
  }

  faults(): readonly Fault[] {
    const { faults, joins, partitions } = this.#options;
    const { fleet, brokers } = this;
    const disk = this.#disk;
    const own: Partial<Record<FaultKind, () => Fault>> = {
      ...this.#ground.faults(fleet, GROUPS, join(this.#directory, 'data', 'jobs.db')),
      engine: () => killing(fleet, 'engine', 'engine'),
      crm: () => killing(fleet, 'crm', 'crm'),
      coordinator: () => killing(fleet, 'coordinator', 'coordinator'),
      ...(disk === null ? {} : { disk: () => fillingDisk(disk) }),
      joins: () =>
        joining({
          fleet,
          brokers,
          group: 'engine',
          lanes: joins >= MANY_JOINS ? 4 : 1,
          specOf: (name) => this.#spec(name, ['engine']),
        }),
      broken: () => breaking(brokers, partitions, this.#broken),
    };
    return faults.flatMap((kind) => (this.off.has(kind) ? [] : (own[kind]?.() ?? [])));
  }

  async work(overMs: number): Promise<void> {
    await this.#client.post(this.#plan.runs, overMs);
  }

  onRecord({ topic, headers, key, value }: RawRecord): void {
    if (topic !== 'workflow-events' || COPY_HEADER in headers) return;
    try {
      const { status } = JSON.parse(String(value)) as { status?: string };
      if (ENDS.includes(status ?? '')) this.#ended.add(String(key));
    } catch {
      // no report: the checker says so
    }
  }

  ended(): number {
    return this.#ended.size;
  }

  progress(): string {
    const { acceptedWorkflows, retries } = this.#client;
    return `${acceptedWorkflows} accepted (${retries} asked again), ${this.#ended.size} ended, ${this.#countBills()} bills`;
  }

  hasEnded(): boolean {
    const accepted = this.#accepted();
    if ([...accepted].some((workflowId) => !this.#ended.has(workflowId))) return false;
    const due = [...accepted].filter((workflowId) => this.#owed.get(workflowId)?.customer !== null);
    return this.#countBills() >= due.length;
  }

  async unread(): Promise<readonly string[]> {
    return [...(await this.brokers.lags(ALL_GROUPS))].map(([reader, lag]) => `${reader}: ${lag}`);
  }

  async check(): Promise<Outcome> {
    const checker = new Checker({ owed: this.#owed, accepted: this.#accepted(), broken: this.#broken });
    await this.brokers.read(CHECKED_TOPICS, (record) => checker.take(record));
    const verdict = checker.judge(this.#bills());
    const { accepted, completed, failed, bills } = verdict;
    const refused = this.#client.complaints.map((what) => ({ kind: 'missing' as const, what }));
    const sum =
      accepted === completed + failed
        ? []
        : [{ kind: 'missing' as const, what: `${accepted} accepted are not ${completed} + ${failed}` }];
    return {
      counts: {
        accepted,
        completed,
        failed,
        bills,
        'numbers of a series': verdict.numbered,
        'runs asked for again': this.#client.retries,
        'taken, never answered': verdict.unansweredButTaken,
        'reports that repeat': verdict.repeats,
        'dead letters': verdict.deadLetters,
      },
      complaints: [...refused, ...sum, ...verdict.complaints],
      endsAtMs: [...verdict.endedAtMs.values()],
    };
  }

  async close(): Promise<void> {
    await this.fleet.close();
    await this.#ground.close();
    this.#disk?.unmount();
  }

  #mount(): SmallDisk | null {
    const { faults, workflows } = this.#options;
    const directory = join(this.#directory, 'bills');
    mkdirSync(directory, { recursive: true });
    if (!faults.includes('disk')) return null;
    const disk = mountSmallDisk(directory, workflows * PAGE_BYTES + SPARE_BYTES);
    if (!('off' in disk)) return disk;
    this.off.set('disk', disk.off);
    return null;
  }

  #accepted(): ReadonlySet<string> {
    return new Set(this.#client.accepted.flatMap(({ workflowIds }) => workflowIds));
  }

  #countBills(): number {
    return readdirSync(join(this.#directory, 'bills')).filter((name) => name.endsWith('.txt')).length;
  }

  *#bills(): Generator<BillFile> {
    const directory = join(this.#directory, 'bills');
    for (const name of readdirSync(directory)) yield { name, bytes: readFileSync(join(directory, name)) };
  }

  #specs(): MemberSpec[] {
    const { coordinators, engines, crms } = this.#options;
    const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
    return [
      ...numbers(coordinators).map((at) => this.#spec(`coordinator-${at}`, ['coordinator'], at - 1)),
      ...numbers(engines - 1).map((at) => this.#spec(`engine-${at}`, ['engine'])),
      ...numbers(crms - 1).map((at) => this.#spec(`crm-${at}`, ['crm'], coordinators + at - 1)),
      // two names in one process, which die together
      this.#spec(`engine-${engines}-crm-${crms}`, ['engine', 'crm'], coordinators + crms - 1),
    ];
  }

  #spec(name: string, services: readonly string[], portAt?: number): MemberSpec {
    const { store, partitions } = this.#options;
    const port = portAt === undefined ? 0 : (this.#ports[portAt] ?? 0);
    return {
      name,
      services,
      ...(port === 0 ? {} : { url: `http://127.0.0.1:${port}` }),
      env: {
        ...this.#ground.env(name),
        // jobs in SQLite are for who shares a disk; else nobody shares more than the bills
        DATA_DIR: join(this.#directory, store === 'sqlite' ? 'data' : `data-${name}`),
        BILLS_DIR: join(this.#directory, 'bills'),
        COORDINATOR_PORT: String(services.includes('coordinator') ? port : 0),
        CRM_PORT: String(services.includes('crm') ? port : 0),
        PARTITIONS: String(partitions),
        SAMPLES: 'off',
        LOG_FORMAT: 'json',
        LOG_LEVEL: 'info',
      },
    };
  }
}

function owedOf({ runs, customers }: Plan): ReadonlyMap<string, Owed> {
  const all = runs.flatMap(({ runId, billDate, customerIdentifiers }) =>
    customerIdentifiers.map((customerIdentifier): [string, Owed] => {
      const workflowId = `${runId}_${customerIdentifier}`;
      return [workflowId, { workflowId, billDate, customer: customers.get(customerIdentifier) ?? null }];
    }),
  );
  return new Map(all);
}
