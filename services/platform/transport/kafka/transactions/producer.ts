import { addOffsetsToTxnV1, addPartitionsToTxnV3, initProducerIdV3 } from '@platformatic/kafka';
import { type OutgoingRecord, type Position, TransportError } from '../../../../../core/mod.ts';
import { pause } from '../../../pause.ts';
import { type Place, placeKey } from '../../place.ts';
import { asTransportError, isFencedProducer, isProtocolError } from '../errors.ts';
import { grouped } from '../grouped.ts';
import { assertThere, leaderOf, topicsOf } from '../known-topics.ts';
import {
  answerIn,
  codesOf,
  type NumberedBatch,
  type PartitionBatch,
  type ProduceResponse,
  type ProducerIdentity,
  produce,
  Sequences,
} from '../produce.ts';
import { requestsOf } from '../requests.ts';
import type { KafkaSettings } from '../settings.ts';
import { commitOffsets, endTransaction } from './requests.ts';
import type { Step, TransactionVersion, TransactionWire } from './wire.ts';

/** While the transaction before is still being closed, it is asked again no sooner than this, and no later. */
const MIN_RETRY_MS = 1;
const MAX_RETRY_MS = 50;
/** Of the time that closing took of late: after so much it is asked again, and then after so much more, and twice as much. */
const FIRST_PART = 0.75;
const NEXT_PART = 0.25;
/** A transaction whose owner has died holds up its readers for so long at most, where nobody takes over. */
const TRANSACTION_TIMEOUT_MS = 30_000;

/** As whom a unit commits its offsets: a broker refuses those of a member that is no longer in this generation. */
export interface GroupMember {
  readonly group: string;
  readonly generationId: number;
  readonly memberId: string;
  /** Kept with each offset. */
  readonly mark: string | null;
}

/** What is made durable at once, or not at all. There is at least one offset: with it the membership is checked. */
export interface Transaction {
  readonly records: readonly OutgoingRecord[];
  readonly offsets: readonly Position[];
}

/** The offset after the last record that was written, by topic and partition as `topic/partition`. */
export type Written = ReadonlyMap<string, number>;

/** As whom a transaction is written, and how. */
interface Own extends ProducerIdentity {
  readonly version: TransactionVersion;
}

interface Patience {
  /** Whether it is asked again after this error. Default: where the transaction before is still being closed. */
  readonly passes?: (error: unknown) => boolean;
  readonly isOver?: () => boolean;
  /** It is the step that waits for the transaction before: how long is kept in mind. */
  readonly waitsForClosing?: boolean;
}

/**
 * One transactional id. `init` fences whoever had it before and settles what that one left open; `write` is one
 * transaction. After any failure of `write` its outcome counts as unknown, and there must be another `init`.
 */
export class TransactionalProducer {
  readonly id: string;
  readonly #lane: number;
  readonly #wire: TransactionWire;
  readonly #timeoutMs: number;
  #identity: ProducerIdentity | null = null;
  readonly #sequences: Sequences = new Sequences();
  /** How long a transaction had to wait of late until the one before was closed. */
  #closingMs = 0;

  /** `lane`: transactions of different lanes don't wait for each other's answers. */
  constructor(id: string, lane: number, wire: TransactionWire, settings: KafkaSettings) {
    this.id = id;
    this.#lane = lane;
    this.#wire = wire;
    this.#timeoutMs = settings.requestTimeoutMs;
  }

  /** Resolves when no transaction of this id is open or being closed. Throws `TransportError`. */
  async init(isOver: () => boolean): Promise<void> {
    this.#identity = null;
    const ask = async (): Promise<ProducerIdentity> => {
      const connection = await this.#wire.transactionCoordinator(this.#lane, this.id);
      return initProducerIdV3.api.async(connection, this.id, TRANSACTION_TIMEOUT_MS);
    };
    const initialized = await this.#patiently('init', ask, { passes: isWorthAsking, isOver });
    this.#sequences.restart();
    this.#identity = { producerId: initialized.producerId, producerEpoch: initialized.producerEpoch };
  }

  /** After a refusal, which leaves no doubt: ends what was begun, so that there can be another transaction. */
  async settle(): Promise<void> {
    if (this.#identity === null) await this.init(never);
  }

  /**
   * All of it is durable on return. Throws `TransportError`: 'fenced' where another has this id now, or the member is
   * no longer in its generation.
   */
  async write({ records, offsets }: Transaction, member: GroupMember): Promise<Written> {
    const identity = this.#identity;
    if (identity === null)
      throw new TransportError('unavailable', `${this.id} has an unsettled transaction.`);
    // made before anything is sent, so that a record that no topic takes leaves nothing half done
    const requests = requestsOf(records);
    const batches = requests.flat();
    await this.#checkPartitions(batches);
    this.#identity = null;
    try {
      const own: Own = { ...identity, version: await this.#wire.version(this.#lane) };
      if (own.version === 1 && records.length > 0) await this.#addPartitions(batches, identity);
      const [written] = await both(this.#publish(requests, own), this.#commitOffsets(offsets, member, own));
      this.#identity = await this.#end(own);
      return written;
    } catch (error) {
      this.#wire.forget();
      throw named(error, this.id);
    }
  }

  /** The client would ask again and again for a topic that is not there. */
  async #checkPartitions(batches: readonly PartitionBatch[]): Promise<void> {
    try {
      assertThere(batches, await this.#wire.metadata(topicsOf(batches)));
    } catch (error) {
      throw asTransportError(error, 'look at the topics');
    }
  }

  async #addPartitions(batches: readonly PartitionBatch[], identity: ProducerIdentity): Promise<void> {
    const byTopic = new Map<string, Set<number>>();
    for (const { topic, partition } of batches)
      byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(partition));
    const topics = [...byTopic].map(([name, partitions]) => ({ name, partitions: [...partitions] }));
    const transaction = { transactionalId: this.id, ...identity, verifyOnly: false, topics };
    const ask = async (): Promise<void> => {
      const connection = await this.#wire.transactionCoordinator(this.#lane, this.id);
      await addPartitionsToTxnV3.api.async(connection, [transaction]);
    };
    await this.#patiently('add-partitions', ask, { waitsForClosing: true });
  }

  async #publish(requests: readonly PartitionBatch[][], own: Own): Promise<Written> {
    const ends = new Map<string, number>();
    for (const batches of requests) {
      const metadata = await this.#wire.metadata(topicsOf(batches));
      const byLeader = grouped(batches, (batch) => leaderOf(batch, metadata));
      await Promise.all([...byLeader].map(([leader, share]) => this.#send(leader, share, own, ends)));
    }
    return ends;
  }

  async #send(
    leader: number,
    share: readonly PartitionBatch[],
    { version, ...identity }: Own,
    ends: Map<string, number>,
  ): Promise<void> {
    const joinsTransaction = version === 2;
    const options = { transactionalId: this.id, ...identity, timeoutMs: this.#timeoutMs, joinsTransaction };
    let left = this.#sequences.number(share);
    await this.#patiently('produce', async () => {
      const connection = await this.#wire.broker(this.#lane, leader);
      try {
        noteEnds(left, (await produce(connection, left, options)).responses, ends);
      } catch (error) {
        left = waitingOf(left, error, ends);
        throw error;
      }
    });
  }

  async #commitOffsets(offsets: readonly Position[], member: GroupMember, own: Own): Promise<void> {
    const { group } = member;
    const { producerId, producerEpoch, version } = own;
    if (version === 1)
      await this.#patiently('add-offsets', async () => {
        const connection = await this.#wire.transactionCoordinator(this.#lane, this.id);
        return addOffsetsToTxnV1.api.async(connection, this.id, producerId, producerEpoch, group);
      });
    const ask = async (): Promise<void> => {
      const connection = await this.#wire.groupCoordinator(this.#lane, group);
      await commitOffsets(connection, { transactionalId: this.id, ...own }, offsets, member);
    };
    await this.#patiently('commit-offsets', ask, { waitsForClosing: version === 2 });
  }

  /** As whom the next transaction is written. */
  async #end(own: Own): Promise<ProducerIdentity> {
    await this.#before('end');
    const connection = await this.#wire.transactionCoordinator(this.#lane, this.id);
    const next = await endTransaction(connection, { transactionalId: this.id, ...own });
    await this.#before('ended');
    if (own.version === 2) this.#sequences.restart(); // numbers are those of an epoch
    return next;
  }

  /** Asks again for as long as the answer is one that passes by itself. */
  async #patiently<T>(
    step: Step,
    ask: () => Promise<T>,
    { passes = isBeingClosed, isOver = never, waitsForClosing = false }: Patience = {},
  ): Promise<T> {
    const begunAtMs = performance.now();
    const giveUpAt = begunAtMs + this.#timeoutMs;
    for (let tries = 0; ; tries++) {
      try {
        await this.#before(step);
        const answer = await ask();
        if (waitsForClosing) this.#learn(tries === 0 ? 0 : performance.now() - begunAtMs);
        return answer;
      } catch (error) {
        if (!isBeingClosed(error)) this.#wire.forget();
        if (isOver() || !passes(error) || performance.now() > giveUpAt) throw named(error, this.id);
        // it is being decided, or its coordinator is changing: a matter of milliseconds
        await pause(this.#retryMs(tries));
      }
    }
  }

  /** A busy cluster takes long to close a transaction, and to be asked all the time would make it longer. */
  #retryMs(tries: number): number {
    const part = tries === 0 ? FIRST_PART : NEXT_PART * 2 ** (tries - 1);
    return Math.min(MAX_RETRY_MS, Math.max(MIN_RETRY_MS * 2 ** tries, this.#closingMs * part));
  }

  #learn(waitedMs: number): void {
    this.#closingMs = (this.#closingMs + waitedMs) / 2;
  }

  #before(step: Step): Promise<void> {
    return this.#wire.beforeStep?.(step, this.id) ?? Promise.resolve();
  }
}

/** Where each batch ends that was written, by place. */
function noteEnds(
  batches: readonly NumberedBatch[],
  responses: ProduceResponse['responses'],
  ends: Map<string, number>,
): void {
  const counts = new Map(batches.map((batch) => [placeOf(batch), batch.records.length]));
  for (const { name, partitionResponses } of responses) {
    for (const { index, errorCode, baseOffset } of partitionResponses) {
      const place = placeOf({ topic: name, partition: index });
      if (errorCode === 0) ends.set(place, Number(baseOffset) + (counts.get(place) ?? 0));
    }
  }
}

/** What is to be sent again where the transaction before is still being closed: not what was written beside it. */
function waitingOf(
  batches: readonly NumberedBatch[],
  error: unknown,
  ends: Map<string, number>,
): readonly NumberedBatch[] {
  const answer = answerIn(error);
  if (answer === null) return batches;
  noteEnds(batches, answer, ends);
  const codes = codesOf(answer);
  return batches.filter((batch) => codes.get(placeKey(batch)) !== 0);
}

/** As `Written` names it. */
function placeOf({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}

const never = (): boolean => false;

/** The transaction before is not yet closed on all of its partitions. */
const isBeingClosed = (error: unknown): boolean => isProtocolError(error, 'CONCURRENT_TRANSACTIONS');

const PASSING = ['COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'];

/** What `init` may meet and outwait: sent twice, it does no harm. A connection that broke is for the caller. */
function isWorthAsking(error: unknown): boolean {
  return isBeingClosed(error) || isFencedProducer(error) || PASSING.some((id) => isProtocolError(error, id));
}

/** Waits for both to have ended, so that nothing of a failed unit is still on its way. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([one, other]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

function named(error: unknown, id: string): Error {
  if (isFencedProducer(error))
    return new TransportError('fenced', `Another member writes as ${id} now.`, { cause: error });
  return asTransportError(error, `write as ${id}`);
}
