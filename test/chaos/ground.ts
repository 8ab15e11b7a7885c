// What every subject stands on: brokers and a job store, and what can be done to them and to any process.
import { type Cluster, startCluster } from '../broker/index.ts';
import { type LocalPostgres, ownPostgres } from '../postgres/index.ts';
import { OptionsError } from '../support/flags.ts';
import { Brokers } from './brokers.ts';
import { killingBrokers } from './faults/brokers.ts';
import { type Freezing, freezing, zombies } from './faults/processes.ts';
import { killingPostgres, lockingSqlite } from './faults/store.ts';
import type { Fleet } from './fleet.ts';
import type { Fault } from './lanes.ts';
import type { ChaosOptions, FaultKind } from './options.ts';

/** From so many minutes on brokers are worth being optimized. */
const LONG_MINUTES = 3;

export class Ground {
  readonly brokers: Brokers;
  readonly cluster: Cluster;
  readonly off: ReadonlyMap<FaultKind, string>;
  readonly #options: ChaosOptions;
  readonly #postgres: LocalPostgres | null;

  private constructor(
    options: ChaosOptions,
    parts: { cluster: Cluster; brokers: Brokers; postgres: LocalPostgres | null },
  ) {
    this.#options = options;
    this.cluster = parts.cluster;
    this.brokers = parts.brokers;
    this.#postgres = parts.postgres;
    this.off =
      options.store === 'kafka'
        ? new Map([['store', 'with JOB_STORE=kafka the brokers are the store']])
        : new Map();
  }

  /** Throws `OptionsError` for what can't be had here. */
  static async open(options: ChaosOptions): Promise<Ground> {
    const postgres = options.store === 'postgres' ? await ownPostgres({ durable: true }) : null;
    if (postgres !== null && 'missing' in postgres)
      throw new OptionsError(`--job-store postgres can't be had: ${postgres.missing}`);
    const cluster = await startCluster({
      brokers: options.brokers,
      longLived: options.minutes >= LONG_MINUTES,
    });
    return new Ground(options, { cluster, postgres, brokers: await Brokers.open(cluster.brokers) });
  }

  /** The settings by which a process of this name finds brokers and store. */
  env(name: string): Record<string, string> {
    return {
      BROKERS: this.cluster.brokers,
      KAFKA_CLIENT_ID: name,
      KAFKA_SESSION_TIMEOUT_MS: String(this.#options.sessionMs),
      JOB_STORE: this.#options.store,
      ...(this.#postgres === null ? {} : { POSTGRES_URL: this.#postgres.url }),
    };
  }

  /** `groups` are the groups of services, to see who is put out; `jobsFile` is where jobs in SQLite lie. */
  faults(
    fleet: Fleet,
    groups: Readonly<Record<string, string>>,
    jobsFile: string,
  ): Partial<Record<FaultKind, () => Fault>> {
    const { sessionMs, freezeUpToMs: upToMs } = this.#options;
    const { brokers } = this;
    const freeze: Freezing = { fleet, brokers, sessionMs, upToMs, groupOf: (service) => groups[service] };
    const postgres = this.#postgres;
    return {
      broker: () => killingBrokers(this.cluster, brokers),
      freeze: () => freezing(freeze),
      zombie: () => zombies(freeze),
      store: () => (postgres === null ? lockingSqlite(jobsFile) : killingPostgres(postgres)),
    };
  }

  async close(): Promise<void> {
    await this.brokers.close();
    await this.cluster.close();
    await this.#postgres?.close();
  }
}
