import type { ClusterMetadata } from '@platformatic/kafka';
import { pause } from '../../pause.ts';
import { placeKey } from '../place.ts';
import { RETRIES, RETRY_DELAY_MS } from './connection.ts';
import { isPassing, isProtocolError } from './errors.ts';
import { grouped } from './grouped.ts';
import { assertThere, leaderOf, topicsOf } from './known-topics.ts';
import {
  answerIn,
  codesOf,
  type NumberedBatch,
  type PartitionBatch,
  type ProducerIdentity,
  Sequences,
} from './produce.ts';
import type { ProduceWire } from './produce-wire.ts';

/** Batches that were not taken, and why. */
interface Refused {
  readonly batches: readonly NumberedBatch[];
  readonly error: unknown;
}

/** The broker no longer knows what this producer wrote last: under a new identity it can be written all the same. */
const FORGOTTEN = ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID'];
/** While a partition's leader is being chosen, or a broker has yet to hear that it is the one, it is asked again for longer. */
const ELECTION_RETRIES = 50;
const ELECTION = ['NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE'];
/** No error, and that the broker already has a batch of this number. */
const WRITTEN = [0, 46];

/**
 * An idempotent producer: numbers batches and sends them until each is durable, again under the same number where that
 * is in doubt, so that a broker which has one all the same knows it. Used for one request at a time. We do without the
 * client's own producer, which takes several times as long for each record.
 */
export class Delivery {
  readonly #wire: ProduceWire;
  #identity: ProducerIdentity | null = null;
  readonly #sequences: Sequences = new Sequences();

  constructor(wire: ProduceWire) {
    this.#wire = wire;
  }

  /** Throws `TransportError` ('unknown-topic') where one is for a partition that is not there. */
  async check(batches: readonly PartitionBatch[]): Promise<void> {
    assertThere(batches, await this.#metadata(batches));
  }

  /** Resolves when all are durable. After a rejection with the client's error the outcome of each is unknown. */
  async deliver(batches: readonly PartitionBatch[]): Promise<void> {
    try {
      await this.#untilTaken(batches);
    } catch (error) {
      // what comes later must not count on numbers that may never have been seen
      this.#identity = null;
      this.#wire.forget();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  async #untilTaken(batches: readonly PartitionBatch[]): Promise<void> {
    let identity = await this.#identify();
    let left = this.#sequences.number(batches);
    let isRenewed = false;
    for (let attempt = 0; ; attempt++) {
      const refused = await this.#attempt(left, identity);
      if (refused.length === 0) return;
      left = refused.flatMap((each) => each.batches);
      if (!isRenewed && refused.some(({ error }) => isForgotten(error))) {
        isRenewed = true;
        this.#identity = null;
        identity = await this.#identify();
        left = this.#sequences.number(left);
        continue;
      }
      const lasting = refused.find(({ error }) => !isPassing(error));
      const retries = refused.every(({ error }) => isElection(error)) ? ELECTION_RETRIES : RETRIES;
      if (lasting !== undefined || attempt >= retries) throw (lasting ?? refused[0])?.error;
      this.#wire.forget();
      await pause(RETRY_DELAY_MS);
    }
  }

  async #identify(): Promise<ProducerIdentity> {
    for (let attempt = 0; this.#identity === null; attempt++) {
      try {
        this.#identity = await this.#wire.identify(attempt);
        this.#sequences.restart();
      } catch (error) {
        if (!isPassing(error) || attempt >= RETRIES) throw error;
        this.#wire.forget();
        await pause(RETRY_DELAY_MS);
      }
    }
    return this.#identity;
  }

  /** Sends each batch to its leader, once. */
  async #attempt(batches: readonly NumberedBatch[], identity: ProducerIdentity): Promise<Refused[]> {
    try {
      const metadata = await this.#metadata(batches);
      const byLeader = grouped(batches, (batch) => leaderOf(batch, metadata));
      const sent = [...byLeader].map(([leader, share]) => this.#send(leader, share, identity));
      return (await Promise.all(sent)).flat();
    } catch (error) {
      // nobody to send to: tried again, or told, like what is refused
      return [{ batches, error }];
    }
  }

  async #send(
    leader: number,
    share: readonly NumberedBatch[],
    identity: ProducerIdentity,
  ): Promise<Refused[]> {
    try {
      await this.#wire.produce(leader, share, identity);
      return [];
    } catch (error) {
      // told with all that was refused
      return refusedOf(share, error);
    }
  }

  #metadata(batches: readonly PartitionBatch[]): Promise<ClusterMetadata> {
    return this.#wire.metadata(topicsOf(batches));
  }
}

const isElection = (error: unknown): boolean => ELECTION.some((id) => isProtocolError(error, id));
const isForgotten = (error: unknown): boolean => FORGOTTEN.some((id) => isProtocolError(error, id));

/** What of it is not written, where the answer says so; else all of it. */
function refusedOf(share: readonly NumberedBatch[], error: unknown): Refused[] {
  const answer = answerIn(error);
  if (answer === null) return [{ batches: share, error }];
  const codes = codesOf(answer);
  const batches = share.filter((each) => !WRITTEN.includes(codes.get(placeKey(each)) ?? 0));
  return batches.length === 0 ? [] : [{ batches, error }];
}
