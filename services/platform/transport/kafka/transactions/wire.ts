import {
  Base,
  type BaseOptions,
  type Broker,
  type ClusterMetadata,
  type Connection,
  ConnectionPool,
  FindCoordinatorKeyTypes,
  findCoordinatorV3,
} from '@platformatic/kafka';
import { TransportError } from '../../../../../core/mod.ts';
import { connectionOptions } from '../connection.ts';
import type { KafkaSettings } from '../settings.ts';

/** A broker answers each connection's requests in turn: so many transactions at once don't wait for each other. */
const LANES = 4;

/**
 * What a transaction asks of the cluster: `produce` beside `add-offsets` and `commit-offsets`, all else one after the
 * other. `ended` is the moment after.
 */
export type Step = 'init' | 'add-partitions' | 'produce' | 'add-offsets' | 'commit-offsets' | 'end' | 'ended';

/** Called before each request of a transaction, for tests that cut in there. */
export type BeforeStep = (step: Step, transactionalId: string) => Promise<void>;

/**
 * The connections that transactions use, and whom they ask. Requests are sent once: the client's own retries would send
 * some again under another producer id, which a transaction must never do.
 */
export class TransactionWire {
  readonly #base: Base;
  readonly #options: BaseOptions;
  readonly #lanes: readonly ConnectionPool[];
  readonly #coordinators: Map<string, Broker> = new Map();
  readonly beforeStep: BeforeStep | null;

  constructor(settings: KafkaSettings, beforeStep: BeforeStep | null = null) {
    this.#options = connectionOptions(settings);
    this.#base = new Base(this.#options);
    // failures come with the call that meets them
    this.#base.on('error', () => {});
    this.#lanes = Array.from({ length: LANES }, () => new ConnectionPool(settings.clientId, this.#options));
    this.beforeStep = beforeStep;
  }

  transactionCoordinator(lane: number, transactionalId: string): Promise<Connection> {
    return this.#coordinator(lane, FindCoordinatorKeyTypes.TRANSACTION, transactionalId);
  }

  groupCoordinator(lane: number, group: string): Promise<Connection> {
    return this.#coordinator(lane, FindCoordinatorKeyTypes.GROUP, group);
  }

  async broker(lane: number, node: number): Promise<Connection> {
    const { brokers } = await this.#base.metadata({ topics: [] });
    const broker = brokers.get(node);
    if (broker === undefined) throw new TransportError('unavailable', `Broker ${node} is away.`);
    return this.#pool(lane).get(broker);
  }

  metadata(topics: readonly string[]): Promise<ClusterMetadata> {
    return this.#base.metadata({ topics: [...topics] });
  }

  /** After a failure: who leads and who coordinates is asked anew. */
  forget(): void {
    this.#base.clearMetadata();
    this.#coordinators.clear();
  }

  async close(): Promise<void> {
    await Promise.all([this.#base.close(), ...this.#lanes.map((each) => each.close())]);
  }

  async #coordinator(lane: number, type: 0 | 1, key: string): Promise<Connection> {
    const name = `${type} ${key}`;
    const broker = this.#coordinators.get(name) ?? (await this.#find(lane, type, key));
    this.#coordinators.set(name, broker);
    return this.#pool(lane).get(broker);
  }

  async #find(lane: number, type: 0 | 1, key: string): Promise<Broker> {
    const { brokers } = await this.#base.metadata({ topics: [] });
    const connection = await this.#pool(lane).getFirstAvailable([...brokers.values()]);
    const response = await findCoordinatorV3.api.async(connection, type, [key]);
    const [found] = response.coordinators;
    if (found === undefined)
      throw new TransportError('unavailable', `There is no coordinator of ${key} now.`);
    return { host: found.host, port: found.port };
  }

  #pool(lane: number): ConnectionPool {
    const pool = this.#lanes[lane % LANES];
    if (pool === undefined) throw new RangeError(`there is no lane ${lane}`);
    return pool;
  }
}
