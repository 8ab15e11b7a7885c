import type { KafkaConsumer, LibrdKafkaError, Message } from '@confluentinc/kafka-javascript';
import { type IncomingRecord, type Position, TransportError } from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { pause } from '../../pause.ts';
import { toHeaders, toPayload } from '../kafka/payload.ts';
import type { KafkaSettings } from '../kafka/settings.ts';
import type { Place } from '../place.ts';
import type { Committed, RdConsumer, Rebalance, Received } from './client.ts';
import { asTransportError, CODES, EVENTS, isRdError, type RdError } from './confluent-errors.ts';
import { logTo } from './confluent-log.ts';

/** librdkafka says when its queue has something; this often it is looked at all the same, in milliseconds. */
const LOOK_EVERY_MS = 100;
/** Closing waits for it. */
const PROBE_MS = 2_000;
const SEEK_AGAIN_MS = 20;
/** Logical offset of the earliest record. */
const BEGINNING = -2;

/** What the package's types leave out. */
interface Untyped {
  assignmentLost(): boolean;
  commitCb(
    offsets: readonly (Position & { metadata: string })[],
    done: (error: LibrdKafkaError) => void,
  ): void;
}

interface Callbacks {
  readonly rebalance_cb: (error: RdError, places: readonly Place[]) => void;
  readonly queue_non_empty_cb: () => void;
}

/** A consumer of @confluentinc/kafka-javascript, polled without ever holding one of Node's few worker threads for long. */
export class ConfluentConsumer implements RdConsumer {
  readonly holdsRebalances = true;
  readonly rebalances: Rebalance[] = [];
  readonly #client: KafkaConsumer & Untyped;
  readonly #settings: KafkaSettings;
  #problem: Error | null = null;
  readonly #ends: Position[] = [];
  #news: (() => void) | null = null;
  #hasNews = false;
  #receiving: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(make: (callbacks: Callbacks) => KafkaConsumer, settings: KafkaSettings, logger: Logger) {
    this.#settings = settings;
    this.#client = make({
      rebalance_cb: (error, places) => this.#rebalanced(error, places),
      queue_non_empty_cb: () => this.wake(),
    }) as KafkaConsumer & Untyped;
    this.#client.setDefaultConsumeTimeout(0);
    logTo(logger, this.#client);
    this.#client.on('partition.eof', ({ topic, partition, offset }) =>
      this.#ends.push({ topic, partition, offset }),
    );
    this.#client.on('event.error', (error) => {
      if (EVENTS.away.test(error.message)) this.#problem = asTransportError(error, 'fetch');
    });
  }

  get problem(): Error | null {
    return this.#problem;
  }

  /** Joins the group for these topics, or none for null. Throws `TransportError` ('unavailable'). */
  async connect(topics: readonly string[] | null): Promise<void> {
    const { requestTimeoutMs: timeout } = this.#settings;
    await called<unknown>((done) => this.#client.connect({ timeout, allTopics: false }, done), 'connect');
    if (topics !== null) this.#client.subscribe([...topics]);
  }

  async receive(max: number, waitMs: number): Promise<Received> {
    const giveUpAt = performance.now() + waitMs;
    for (;;) {
      this.#hasNews = false;
      const records = this.#closed ? [] : await this.#consume(max);
      const ends = this.#ends.splice(0);
      const leftMs = giveUpAt - performance.now();
      if (records.length + ends.length + this.rebalances.length > 0 || leftMs <= 0 || this.#closed)
        return { records, ends };
      await this.#forNews(Math.min(leftMs, LOOK_EVERY_MS));
    }
  }

  wake(): void {
    this.#hasNews = true;
    this.#news?.();
  }

  release(): void {
    this.#ends.splice(0);
    this.#client.unassign();
  }

  async assign(from: readonly (Place & { readonly offset: number | null })[]): Promise<void> {
    const places = from.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      offset: offset ?? BEGINNING,
    }));
    try {
      this.#client.assign(places);
      if (places.length > 0) this.#client.resume(places);
    } catch (error) {
      throw isRdError(error) ? asTransportError(error, 'take over partitions') : error;
    }
    this.#problem = null;
  }

  async seek(to: readonly Position[]): Promise<void> {
    await Promise.all(to.map((position) => this.#seek(position)));
  }

  pause(place: Place): void {
    this.#client.pause([{ ...place }]);
  }

  resume({ topic, partition }: Position): void {
    this.#client.resume([{ topic, partition }]);
  }

  async committed(places: readonly Place[]): Promise<readonly Committed[]> {
    if (places.length === 0) return [];
    const { requestTimeoutMs } = this.#settings;
    const asked = places.map(({ topic, partition }) => ({ topic, partition }));
    const found = await called<
      readonly { topic: string; partition: number; offset?: number; metadata?: string | null }[]
    >((done) => this.#client.committed(asked, requestTimeoutMs, done), 'ask for committed offsets');
    const refused = found.find((each) => each instanceof Error);
    if (refused instanceof Error)
      throw new TransportError('unavailable', `librdkafka: no committed offsets: ${refused.message}`);
    return found.map(({ topic, partition, offset, metadata }) => ({
      topic,
      partition,
      offset: offset === undefined || offset < 0 ? null : offset,
      mark: metadata ?? null,
    }));
  }

  /**
   * The package tells of a commit only that it was sent (its `commitCb` calls back then), or behind all records that
   * wait in the queue. So the coordinator is asked, on the same connection, whether the mark is there.
   */
  async commit(offsets: readonly Position[], mark: string): Promise<void> {
    try {
      this.#client.commit(offsets.map((each) => ({ ...each, metadata: mark })));
    } catch (error) {
      throw isRdError(error) ? asTransportError(error, 'commit offsets') : error;
    }
    const found = await this.committed(offsets);
    if (found.every((each) => each.mark === mark)) return;
    throw new TransportError('fenced', 'librdkafka: the group refused the commit of offsets.');
  }

  isLost(): boolean {
    return this.#client.assignmentLost();
  }

  async probe(): Promise<void> {
    const timeout = Math.min(PROBE_MS, this.#settings.requestTimeoutMs);
    try {
      await called<unknown>(
        (done) => this.#client.getMetadata({ timeout, allTopics: false }, done),
        'reach a broker',
      );
      this.#problem = null;
    } catch (error) {
      // still away: that is the answer
      this.#problem = asError(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.wake();
    await this.#receiving.catch(() => {
      // who waited for it has been told
    });
    // closing revokes, which waits for our consent: `#rebalanced` gives it
    if (this.rebalances.splice(0).length > 0) this.#client.unassign();
    await new Promise<void>((done) => this.#client.disconnect(() => done()));
  }

  async #consume(max: number): Promise<IncomingRecord[]> {
    const consuming = called<Message[]>((done) => this.#client.consume(max, done), 'fetch');
    this.#receiving = consuming;
    try {
      return (await consuming).map(toRecord);
    } catch (error) {
      // what has become of the group's partitions comes as a rebalance
      if (error instanceof TransportError && error.code === 'fenced') return [];
      throw error;
    }
  }

  async #seek({ topic, partition, offset }: Position): Promise<void> {
    const { requestTimeoutMs } = this.#settings;
    const giveUpAt = performance.now() + requestTimeoutMs;
    for (;;) {
      try {
        await called(
          (done) => this.#client.seek({ topic, partition, offset }, requestTimeoutMs, done),
          'seek',
        );
        return;
      } catch (error) {
        const isEarly =
          isRdError((error as Error).cause) && ((error as Error).cause as RdError).code === CODES.state;
        // a partition that was assigned a moment ago has not begun to be fetched
        if (!isEarly || performance.now() > giveUpAt) throw error;
        await pause(SEEK_AGAIN_MS);
      }
    }
  }

  #rebalanced(error: RdError, places: readonly Place[]): void {
    if (error.code === CODES.assignPartitions) {
      this.rebalances.push({
        kind: 'assigned',
        places: places.map(({ topic, partition }) => ({ topic, partition })),
      });
    } else if (this.#closed) {
      this.#client.unassign();
    } else {
      this.rebalances.push({ kind: 'revoked', lost: this.#client.assignmentLost() });
    }
    this.wake();
  }

  async #forNews(withinMs: number): Promise<void> {
    if (this.#hasNews) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#news = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#news = null;
  }
}

function toRecord({
  topic,
  partition,
  offset,
  key,
  value,
  headers = [],
  timestamp,
}: Message): IncomingRecord {
  const pairs = headers.flatMap((header) => Object.entries(header));
  return {
    topic,
    partition,
    offset,
    key: toPayload(typeof key === 'string' ? Buffer.from(key) : key),
    value: toPayload(value),
    headers: toHeaders(pairs),
    timestampMs: timestamp ?? Number.NaN,
  };
}

/** A call of the package as a promise. `doing` completes "could not …". */
function called<T = void>(
  call: (done: (error: LibrdKafkaError, result?: T) => void) => unknown,
  doing: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(isRdError(error) ? asTransportError(error, doing) : error);
    try {
      call((error, result) => (error ? fail(error) : resolve(result as T)));
    } catch (error) {
      fail(error);
    }
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
