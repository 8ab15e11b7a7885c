import {
  apiVersionsV4,
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
 * How transactions go, as Kafka's feature `transaction.version` has it. 1: partitions and the group are added to each one
 * before anything is written. 2 (KIP-890, Kafka 4): brokers add them by themselves, and each end gives the next epoch.
 */
export type TransactionVersion = 1 | 2;

const FEATURE = 'transaction.version';
/** What version 2 asks for, in these versions. */
const NEEDED: Readonly<Record<string, number>> = {
  Produce: 12,
  EndTxn: 5,
  TxnOffsetCommit: 5,
  ApiVersions: 4,
};

export interface TransactionWireOptions {
  readonly beforeStep?: BeforeStep | undefined;
  /** Of the versions, also where the cluster knows a later one. Default 2. */
  readonly highest?: TransactionVersion | undefined;
}

/**
 * The connections that transactions use, and whom they ask. Requests are sent once: the client's own retries would send
 * some again under another producer id, which a transaction must never do.
 */
export class TransactionWire {
  readonly #base: Base;
  readonly #options: BaseOptions;
  readonly #lanes: readonly ConnectionPool[];
  readonly #coordinators: Map<string, Broker> = new Map();
  readonly #highest: TransactionVersion;
  /** What the cluster has told; null where it is to be asked. */
  #version: Promise<TransactionVersion> | null = null;
  readonly beforeStep: BeforeStep | null;

  constructor(settings: KafkaSettings, { beforeStep, highest = 2 }: TransactionWireOptions = {}) {
    this.#highest = highest;
    this.#options = connectionOptions(settings);
    this.#base = new Base(this.#options);
    // failures come with the call that meets them
    this.#base.on('error', () => {});
    this.#lanes = Array.from({ length: LANES }, () => new ConnectionPool(settings.clientId, this.#options));
    this.beforeStep = beforeStep ?? null;
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

  /** The latest version that both know. It is asked once, and anew after `forget`. */
  version(lane: number): Promise<TransactionVersion> {
    this.#version ??= this.#askVersion(lane).catch((error: unknown) => {
      this.#version = null;
      throw error;
    });
    return this.#version;
  }

  async #askVersion(lane: number): Promise<TransactionVersion> {
    if (this.#highest === 1) return 1;
    const apis = await this.#base.listApis();
    const knows = ([name, version]: [string, number]): boolean =>
      apis.some((api) => api.name === name && api.maxVersion >= version);
    if (!Object.entries(NEEDED).every(knows)) return 1;
    const { brokers } = await this.#base.metadata({ topics: [] });
    const connection = await this.#pool(lane).getFirstAvailable([...brokers.values()]);
    const { finalizedFeatures = [] } = await apiVersionsV4.api.async(connection, 'requite', '1');
    const isOn = finalizedFeatures.some(
      ({ name, maxVersionLevel }) => name === FEATURE && maxVersionLevel >= 2,
    );
    return isOn ? 2 : 1;
  }

  /** After a failure: who leads and who coordinates is asked anew. */
  forget(): void {
    this.#version = null;
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
