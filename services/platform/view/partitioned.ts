import type { Database } from 'bun:sqlite';
import { type IncomingRecord, type Position, partitionFor, type WaitingList } from '../../../core/mod.ts';
import type { Auth } from '../auth/index.ts';
import { type Announced, type Discovery, isBaseUrl } from '../discovery/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { instanceOf } from './file.ts';
import { type Advance, Folding, type FoldingOptions } from './folding.ts';
import { holdersOf, type InstanceStanding, Placement } from './placement.ts';
import { type Answered, type Query, Router } from './query.ts';
import { KEYED_WAITERS_MAX, waitingList } from './waiters.ts';

/** A view's name, so that `view:<name>` can be read by people. */
const NAME = /^[\w.-]{1,100}$/;
const AVOID_MS = 1_000;

export interface PartitionedViewOptions extends FoldingOptions {
  /** Instances that open the view under this name share its partitions. Letters, digits, `_`, `.` and `-`. */
  readonly name: string;
  /** The partition count of all its topics, which must be co-partitioned. */
  readonly partitions: number;
  /** The keys whose waiting reads a record may satisfy. Default: the record's key. */
  readonly keysOf?: (record: IncomingRecord) => readonly string[];
  /** Where the other instances reach this one, such as `http://10.0.0.7:3009`. */
  readonly url: string;
  /** How many instances keep a copy of each partition beside its owner. */
  readonly standbyReplicas: number;
  /** Where the instances of the view know of each other. */
  readonly discovery: Discovery;
  /** What reads of other instances are sent with; default: nothing. */
  readonly auth?: Auth;
  readonly telemetry?: Telemetry;
  /** So long an instance that did not answer is asked only when there is no other. Default 1,000. */
  readonly avoidMs?: number;
}

type Located =
  | { readonly kind: 'local' }
  | { readonly kind: 'remote'; readonly url: string }
  | { readonly kind: 'nobody' };

/**
 * A materialized view that is spread over the instances of a service. Each folds the partitions that it owns, and those
 * that it stands by for, into its own file; a read at any instance is served wherever its key lives.
 */
export interface PartitionedView {
  /** For reading, and for keys that are here: it may have rows left of partitions that went to others. */
  readonly db: Database;
  /** Records that `apply` could not digest since the view was opened. */
  readonly refused: number;
  /** The same as long as the file lives. */
  readonly instanceId: string;
  /** Where a key lives now. */
  locate(key: string): Located;
  /** Whether everything before this offset is applied here: for probes that want an answer to be complete. */
  hasApplied(position: Position): boolean;
  /** The live instances and what each has, for people. */
  instances(): readonly InstanceStanding[];
  /**
   * Reads a key wherever it lives: here, or at its owner over HTTP (GET `<its url><path>` with the time that is left as
   * `timeout`). During a rebalance, or when an instance does not answer, it looks again within the limit; undefined when
   * the time is over. Throws `HttpProblem`: 421 for a forwarded query whose key is not here, 503 while this instance
   * stops; `TransportError` ('unavailable') when too many wait; and what the probe throws.
   */
  query<T>(query: Query<T>): Promise<Answered<T> | undefined>;
  /** 'running', or what it waits for. */
  readiness(): string;
  /** Leaves, so that others take over at once; what waits here is told to ask again. */
  close(): Promise<void>;
}

/** Opens an instance of a view, in the background: the log may be away. Throws `ViewFileError`. */
export async function openPartitionedView(options: PartitionedViewOptions): Promise<PartitionedView> {
  if (!NAME.test(options.name))
    throw new TypeError(`"${options.name}" is no name for a view: use letters, digits, "_", "." and "-".`);
  if (!isBaseUrl(options.url))
    throw new TypeError(
      `"${options.url}" is no address of an instance: use one such as http://10.0.0.7:3009.`,
    );
  return new SpreadView(options);
}

class SpreadView implements PartitionedView {
  readonly instanceId: string;
  readonly #options: PartitionedViewOptions;
  readonly #folding: Folding;
  readonly #announced: Announced;
  readonly #endWatch: () => void;
  readonly #router: Router;
  readonly #waiting: WaitingList = waitingList(KEYED_WAITERS_MAX);
  readonly #listeners: Set<() => void> = new Set();
  #placement: Placement | null = null;
  /** What the placement was made of. */
  #placed = '';
  #closed = false;

  constructor(options: PartitionedViewOptions) {
    const { name, url, partitions, logger, discovery, avoidMs = AVOID_MS } = options;
    this.#options = options;
    this.#folding = new Folding(options, [], (advance) => this.#advanced(advance));
    this.instanceId = instanceOf(this.#folding.db);
    const { instanceId } = this;
    this.#router = new Router({
      instanceId,
      url,
      partitions,
      waiting: this.#waiting,
      logger,
      avoidMs,
      headers: () => this.#headers(),
      isClosed: () => this.#closed,
      placement: () => this.#placement,
      isCurrent: (partition) => this.#folding.isCurrent(partition),
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    });
    this.#endWatch = discovery.onChange(() => this.#place());
    this.#announced = discovery.announce({
      service: serviceOf(name),
      instanceId,
      url,
      health: () => (this.#folding.readiness() === 'running' ? 'ready' : this.#folding.readiness()),
      data: () => ({ partitions: [...this.#folding.current()] }),
    });
  }

  get db(): Database {
    return this.#folding.db;
  }

  get refused(): number {
    return this.#folding.refused;
  }

  locate(key: string): Located {
    const [owner] = this.#placement?.holders(partitionFor(key, this.#options.partitions)) ?? [];
    if (owner === undefined || this.#closed) return { kind: 'nobody' };
    return owner.instanceId === this.instanceId ? { kind: 'local' } : { kind: 'remote', url: owner.url };
  }

  hasApplied(position: Position): boolean {
    return this.#folding.reached([position]);
  }

  instances(): readonly InstanceStanding[] {
    return this.#placement?.table() ?? [];
  }

  query<T>(query: Query<T>): Promise<Answered<T> | undefined> {
    return this.#router.query(query);
  }

  readiness(): string {
    if (this.#closed) return 'closed';
    const folding = this.#folding.readiness();
    if (folding !== 'running') return folding;
    const discovery = this.#options.discovery.readiness();
    return discovery === 'running' && this.#placement === null
      ? 'looking for the other instances'
      : discovery;
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#waiting.touchWhere();
      this.#changed();
    }
    this.#endWatch();
    await this.#announced.close();
    await this.#folding.close();
  }

  /** Shares the partitions anew, where who has the view has changed; first once it hears of itself. */
  #place(): void {
    if (this.#closed) return;
    const { partitions, standbyReplicas, logger, name, url, discovery } = this.#options;
    const live = discovery.instances(serviceOf(name));
    const placed = JSON.stringify(live.map(({ health: _, ...said }) => said));
    const isHere = live.some((each) => each.instanceId === this.instanceId && each.url === url);
    if (placed === this.#placed || !isHere) return;
    this.#placed = placed;
    const before = this.instances();
    this.#placement = new Placement(holdersOf(live), partitions, standbyReplicas);
    this.#folding.assign(this.#placement.heldBy(this.instanceId));
    this.#waiting.touchWhere((key) => !this.#isHeld(key));
    this.#changed();
    const instances = this.instances();
    if (idsOf(before) !== idsOf(instances))
      logger.info({ view: name, instances: instances.map(({ url }) => url) }, 'the view’s instances changed');
  }

  #advanced({ records, caughtUp }: Advance): void {
    this.#waiting.touch(records.flatMap((record) => this.#keysOf(record)));
    if (caughtUp.length === 0) return;
    this.#waiting.touchWhere((key) => caughtUp.includes(partitionFor(key, this.#options.partitions)));
    this.#announced.beatNow();
  }

  #keysOf(record: IncomingRecord): readonly string[] {
    const { keysOf, logger } = this.#options;
    const own = typeof record.key === 'string' ? [record.key] : [];
    if (keysOf === undefined) return own;
    try {
      return keysOf(record);
    } catch (error) {
      // the record is applied: a defect here must not stop the partition (invariant 8)
      logger.error({ err: error }, 'the keys of a record could not be told');
      return own;
    }
  }

  #isHeld(key: string): boolean {
    return this.#placement?.holds(this.instanceId, partitionFor(key, this.#options.partitions)) ?? false;
  }

  async #headers(): Promise<Readonly<Record<string, string>>> {
    const { auth, telemetry } = this.#options;
    const traceparent = telemetry?.active() ?? null;
    return { ...(await auth?.headers()), ...(traceparent === null ? {} : { traceparent }) };
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const serviceOf = (view: string): string => `view:${view}`;

const idsOf = (instances: readonly InstanceStanding[]): string =>
  instances.map(({ instanceId }) => instanceId).join();
