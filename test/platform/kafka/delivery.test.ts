import { expect, test } from 'bun:test';
import { type ClusterMetadata, NetworkError, ResponseError } from '@platformatic/kafka';
import { Delivery } from '../../../services/platform/transport/kafka/delivery.ts';
import type { NumberedBatch, ProducerIdentity } from '../../../services/platform/transport/kafka/produce.ts';
import type { ProduceWire } from '../../../services/platform/transport/kafka/produce-wire.ts';
import { requestsOf } from '../../../services/platform/transport/kafka/requests.ts';

const PRODUCE = 0;
const NOT_LEADER = 6;
const TOO_LARGE = 10;
const OUT_OF_ORDER = 45;
const DUPLICATE = 46;

/** Two brokers that lead the even and the odd partitions of `bills`; each answer can be told in advance. */
class Brokers implements ProduceWire {
  /** What was sent: leader, producer id, and for each partition where its numbers begin. */
  readonly sent: string[] = [];
  readonly answers: ((batches: readonly NumberedBatch[]) => Error | null)[] = [];
  #identities = 0;
  #moved = 0;
  forgotten = 0;

  async metadata(): Promise<ClusterMetadata> {
    const partitions = [0, 1, 2, 3].map((partition) => ({ leader: (partition + this.#moved) % 2 }));
    const topics = new Map([['bills', { partitionsCount: 4, partitions }]]);
    return { topics, brokers: new Map() } as unknown as ClusterMetadata;
  }

  forget(): void {
    this.forgotten++;
  }

  /** Each partition's other broker leads it now. */
  move(): void {
    this.#moved++;
  }

  async identify(): Promise<ProducerIdentity> {
    return { producerId: BigInt(++this.#identities), producerEpoch: 0 };
  }

  async produce(
    leader: number,
    batches: readonly NumberedBatch[],
    identity: ProducerIdentity,
  ): Promise<void> {
    const places = batches.map(({ partition, firstSequence }) => `${partition}:${firstSequence}`);
    this.sent.push(`to ${leader} as ${identity.producerId}: ${places.join(' ')}`);
    const error = this.answers.shift()?.(batches) ?? null;
    if (error !== null) throw error;
  }

  async close(): Promise<void> {}
}

const lost = (): Error => new NetworkError('Connection closed');

/** An answer that refuses these partitions, by error code, and has written the others. */
const refusing =
  (codes: Readonly<Record<number, number>>) =>
  (batches: readonly NumberedBatch[]): Error => {
    const errors = Object.entries(codes).map(([partition, code]) => [`/${partition}`, [code, null]] as const);
    const partitionResponses = batches.map(({ partition }) => ({
      index: partition,
      errorCode: codes[partition] ?? 0,
    }));
    return new ResponseError(PRODUCE, 7, Object.fromEntries(errors) as never, {
      responses: [{ name: 'bills', partitionResponses }],
    });
  };

function records(...partitions: number[]) {
  const all = partitions.map((partition) => ({ topic: 'bills', partition, key: null, value: 'v' }));
  const [request = []] = requestsOf(all);
  return request;
}

test('each partition counts for itself, and each leader is asked once', async () => {
  const brokers = new Brokers();
  const delivery = new Delivery(brokers);
  await delivery.deliver(records(0, 0, 1, 2));
  await delivery.deliver(records(0, 1));
  expect(brokers.sent).toEqual(['to 0 as 1: 0:0 2:0', 'to 1 as 1: 1:0', 'to 0 as 1: 0:2', 'to 1 as 1: 1:1']);
});

test('where an answer gets lost, the same is sent again under the same numbers', async () => {
  const brokers = new Brokers();
  const delivery = new Delivery(brokers);
  await delivery.deliver(records(0));
  brokers.answers.push(lost);
  await delivery.deliver(records(0, 0));
  await delivery.deliver(records(0));
  expect(brokers.sent.slice(1)).toEqual(['to 0 as 1: 0:1', 'to 0 as 1: 0:1', 'to 0 as 1: 0:3']);
});

test('where a leader has moved, only what it refused goes to the new one', async () => {
  const brokers = new Brokers();
  brokers.answers.push((batches) => {
    brokers.move();
    return refusing({ 2: NOT_LEADER })(batches);
  });
  await new Delivery(brokers).deliver(records(0, 2));
  expect(brokers.sent).toEqual(['to 0 as 1: 0:0 2:0', 'to 1 as 1: 2:0']);
  expect(brokers.forgotten).toBe(1);
});

test('what the broker knows to have already is written', async () => {
  const brokers = new Brokers();
  brokers.answers.push(lost, refusing({ 0: DUPLICATE }));
  await new Delivery(brokers).deliver(records(0));
  expect(brokers.sent).toEqual(['to 0 as 1: 0:0', 'to 0 as 1: 0:0']);
});

test('a broker that has forgotten this producer gets the records under a new identity, counted from 0', async () => {
  const brokers = new Brokers();
  const delivery = new Delivery(brokers);
  await delivery.deliver(records(0, 0));
  brokers.answers.push(refusing({ 0: OUT_OF_ORDER }));
  await delivery.deliver(records(0));
  expect(brokers.sent.slice(1)).toEqual(['to 0 as 1: 0:2', 'to 0 as 2: 0:0']);
});

test('what will not pass is told at once; what comes after it has a new identity', async () => {
  const brokers = new Brokers();
  const delivery = new Delivery(brokers);
  brokers.answers.push(refusing({ 0: TOO_LARGE }));
  await expect(delivery.deliver(records(0, 2))).rejects.toThrow('Produce');
  await delivery.deliver(records(2));
  expect(brokers.sent).toEqual(['to 0 as 1: 0:0 2:0', 'to 0 as 2: 2:0']);
});

test('what does not pass in several attempts is told', async () => {
  const brokers = new Brokers();
  brokers.answers.push(lost, lost, lost, lost);
  await expect(new Delivery(brokers).deliver(records(0))).rejects.toThrow('Connection closed');
  expect(brokers.sent.length).toBe(4);
});

test('where a leader is being chosen it is waited for longer', async () => {
  const brokers = new Brokers();
  for (let at = 0; at < 8; at++) brokers.answers.push(refusing({ 0: NOT_LEADER }));
  await new Delivery(brokers).deliver(records(0));
  expect(brokers.sent).toEqual(Array.from({ length: 9 }, () => 'to 0 as 1: 0:0'));
});

test('a partition that is not there is refused before anything is sent', async () => {
  const brokers = new Brokers();
  await expect(new Delivery(brokers).check(records(0, 7))).rejects.toThrow('Topic bills has no partition 7.');
  expect(brokers.sent).toEqual([]);
});
