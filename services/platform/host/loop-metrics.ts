import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Consumer, Ledger, Transport } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { withinMs } from '../view/within.ts';

/** A loop as its metrics see it: asked when they are read, so that it costs nothing before. */
export interface ObservedLoop {
  readonly group: string;
  readonly topics: readonly string[];
  readonly ledger: Readonly<Ledger>;
  /** Null while it has not joined. */
  readonly consumer: Consumer | null;
  readonly transport: Transport;
  readonly logger: Logger;
  readiness(): string;
  /** Jobs that wait, by state; undefined for a loop that has none. */
  jobs?(): Readonly<Record<string, number>>;
}

/** A member of a consumer group. */
export interface GroupMember {
  readonly group: string;
  /** What the group reads. */
  readonly topics: readonly string[];
  /** The partitions, of each of these topics, that are this member's now; in order. */
  readonly partitions: readonly number[];
  /** 'running', or what it waits for. */
  readonly state: string;
}

/** How long a scrape waits for the log's ends: without them there is no lag, and everything else is told. */
const ENDS_WITHIN_MS = 1_000;

/** What the loops of a process count and how they stand, by consumer group. */
export class LoopMetrics {
  readonly #loops: Set<ObservedLoop> = new Set();
  readonly #batch: Histogram<'group'>;
  readonly #failures: Counter<'group'>;

  private constructor(registry: Registry) {
    const registers = [registry];
    this.#batch = new Histogram({
      name: 'group_batch_duration_seconds',
      help: 'From a batch of records in hand to its unit of work being durable, in seconds.',
      labelNames: ['group'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#failures = new Counter({
      name: 'group_failed_units_total',
      help: 'Units of work that failed and were begun again.',
      labelNames: ['group'],
      registers,
    });
    this.#observe(registers);
  }

  static readonly #ofRegistry: WeakMap<Registry, LoopMetrics> = new WeakMap();

  /** The metrics of a registry: one set, however many loops there are. */
  static in(registry: Registry): LoopMetrics {
    const known = LoopMetrics.#ofRegistry.get(registry);
    if (known !== undefined) return known;
    const made = new LoopMetrics(registry);
    LoopMetrics.#ofRegistry.set(registry, made);
    return made;
  }

  add(loop: ObservedLoop): void {
    this.#loops.add(loop);
  }

  remove(loop: ObservedLoop): void {
    this.#loops.delete(loop);
  }

  /** How each member of a group in this process stands now. */
  members(): readonly GroupMember[] {
    return [...this.#loops].map((loop) => ({
      group: loop.group,
      topics: loop.topics,
      partitions: [...(loop.consumer?.partitions() ?? [])].sort((one, other) => one - other),
      state: loop.readiness(),
    }));
  }

  batch(group: string, seconds: number): void {
    this.#batch.observe({ group }, seconds);
  }

  failed(group: string): void {
    this.#failures.inc({ group });
  }

  #observe(registers: Registry[]): void {
    const loops = this.#loops;
    const records: Counter<'group' | 'topic' | 'outcome'> = new Counter({
      name: 'group_records_total',
      help: 'Records read, by where each has ended: applied, repeat, notOurs, parked, moved or deadLettered.',
      labelNames: ['group', 'topic', 'outcome'],
      registers,
      collect: () => {
        records.reset();
        for (const { group, ledger } of loops) {
          for (const [key, count] of Object.entries(ledger)) {
            const [topic = '', outcome = ''] = key.split(' ');
            records.inc({ group, topic, outcome }, count);
          }
        }
      },
    });
    const ready: Gauge<'group'> = new Gauge({
      name: 'group_running',
      help: '1 where the member of this process works, 0 where it waits for something.',
      labelNames: ['group'],
      registers,
      collect: () => {
        ready.reset();
        for (const loop of loops) ready.set({ group: loop.group }, loop.readiness() === 'running' ? 1 : 0);
      },
    });
    const owned: Gauge<'group'> = new Gauge({
      name: 'group_partitions',
      help: 'Partitions that the member of this process owns.',
      labelNames: ['group'],
      registers,
      collect: () => {
        owned.reset();
        for (const { group, consumer } of loops) owned.inc({ group }, consumer?.partitions().length ?? 0);
      },
    });
    const jobs: Gauge<'group' | 'state'> = new Gauge({
      name: 'group_jobs',
      help: 'Jobs of the partitions of this process that wait: open for answers or events, early for their workflow.',
      labelNames: ['group', 'state'],
      registers,
      collect: () => {
        jobs.reset();
        for (const { group, jobs: of } of loops) {
          for (const [state, count] of Object.entries(of?.() ?? {})) jobs.inc({ group, state }, count);
        }
      },
    });
    const lag: Gauge<'group' | 'topic'> = new Gauge({
      name: 'group_lag_records',
      help: 'Records of the partitions of this process that are not read yet.',
      labelNames: ['group', 'topic'],
      registers,
      collect: async () => {
        lag.reset();
        await Promise.all([...loops].map((loop) => addLag(loop, lag)));
      },
    });
  }
}

/** Adds how far a loop is behind. While the log is away, which the loop itself says, there is no lag to tell. */
async function addLag(loop: ObservedLoop, lag: Gauge<'group' | 'topic'>): Promise<void> {
  const { group, topics, transport, logger } = loop;
  try {
    for (const topic of topics) {
      const ends = await withinMs(transport.endOffsets(topic), ENDS_WITHIN_MS);
      const { consumer } = loop;
      if (ends === null || consumer === null) return;
      const owned = consumer.partitions();
      const behind = owned.map((each) => Math.max(0, (ends[each] ?? 0) - consumer.position(topic, each)));
      lag.inc(
        { group, topic },
        behind.reduce((sum, each) => sum + each, 0),
      );
    }
  } catch (error) {
    // a scrape must not fail for want of one number
    logger.debug({ err: error, group }, 'could not tell the lag');
  }
}
