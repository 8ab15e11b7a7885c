import fc from 'fast-check';
import { partitionFor } from '../../../core/messages/partitioner.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import { FRAUD_GAP_MS, FRAUD_GRACE_MS, fraudFold } from '../../../core/orders/fraud-fold.ts';
import { customerKey, type Order, type OrderLine, type OrderValidation } from '../../../core/orders/order.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import { type FoldDecision, foldBatch, readBatch, stateIdsOf } from '../../../core/view/fold-batch.ts';
import type { Sessions } from '../../../core/view/session-windows.ts';
import type { Job } from '../../../core/workflow/job.ts';
import { isoTime } from '../../../core/workflow/time.ts';
import { assert, test } from '../../harness.ts';

const PARTITIONS = 4;
const NOON_MS = 1_796_126_400_000; // 2026-12-01T12:00:00.000Z
const MINUTE_MS = 60_000;
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** An order of one line; its time in minutes after noon. */
function order(id: string, price: string, minutes = 0, changes: Partial<Order> = {}): Order {
  return {
    id,
    customerId: 'c',
    state: 'CREATED',
    revision: 1,
    lines: [{ product: 'JUMPERS', quantity: 1, price }],
    createdAt: isoTime(NOON_MS + minutes * MINUTE_MS),
    failures: [],
    ...changes,
  };
}

/** Folds as a host does: each batch on the states of those before, as JSON gives them back. */
class Scene {
  readonly states: Map<string, Job> = new Map();
  #offset = 0;

  record(value: Order, changes: Partial<IncomingRecord> = {}): IncomingRecord {
    const key = customerKey(value);
    return {
      topic: orderTopics.ordersByCustomer,
      partition: partitionFor(key, PARTITIONS),
      offset: this.#offset++,
      key,
      value: JSON.stringify(value),
      headers: {},
      timestampMs: 0,
      ...changes,
    };
  }

  fold(...records: readonly IncomingRecord[]): FoldDecision {
    const batch = readBatch(fraudFold, records);
    const ids = stateIdsOf(fraudFold, batch);
    const stored = new Map([...this.states].filter(([id]) => ids.includes(id)));
    const decision = foldBatch(fraudFold, batch, stored, PARTITIONS);
    for (const { change } of decision.decided)
      if (change !== null) this.states.set(change.job.workflowId, JSON.parse(JSON.stringify(change.job)));
    return decision;
  }

  /** The sessions of the only customer. */
  sessions(): Sessions<string> {
    const found = [...this.states.values()].find(({ workflowId }) => workflowId.includes('customer/'));
    if (found === undefined) throw new Error('no customer has a state');
    return (found.input as unknown as { sessions: Sessions<string> }).sessions;
  }

  /** What is published for these orders, in one batch. */
  judge(...orders: readonly Order[]): OrderValidation[] {
    return published(this.fold(...orders.map((each) => this.record(each))));
  }
}

const published = ({ decided }: FoldDecision): OrderValidation[] =>
  decided.flatMap(({ records }) => records.map(({ value }) => JSON.parse(String(value)) as OrderValidation));
const results = (found: readonly OrderValidation[]): string[] =>
  found.map(({ validationResult }) => validationResult);

test('1,999.99 passes, and 2,000 fails with the total and the limit', () => {
  assert.deepEqual(new Scene().judge(order('o', '1999.99')), [
    { orderId: 'o', checkType: 'FRAUD_CHECK', validationResult: 'PASS', reasons: [] },
  ]);
  assert.deepEqual(new Scene().judge(order('o', '2000')), [
    {
      orderId: 'o',
      checkType: 'FRAUD_CHECK',
      validationResult: 'FAIL',
      reasons: ['orders of 2,000.00 within one session; the limit is 2,000'],
    },
  ]);
  assert.deepEqual(results(new Scene().judge(order('o', '1999.99999999'))), ['PASS']);
});

test('lines count by quantity and price, exactly, and orders of a session together', () => {
  const line = (quantity: number, price: string): OrderLine => ({ product: 'JUMPERS', quantity, price });
  const scene = new Scene();
  const lines = [line(3, '0.1'), line(7, '0.00000001'), line(1, '1999.69999993')];
  assert.deepEqual(results(scene.judge(order('a', '0', 0, { lines }))), ['FAIL']);
  const [second] = scene.judge(order('b', '150.005', 10));
  assert.deepEqual(second?.reasons, ['orders of 2,150.005 within one session; the limit is 2,000']);
});

test('a validation is keyed by its order, and goes on with its trace', () => {
  const scene = new Scene();
  const { decided } = scene.fold(scene.record(order('o', '1'), { headers: { traceparent: TRACE } }));
  const records = decided.flatMap((each) => each.records);
  assert.deepEqual(records, [
    {
      topic: orderTopics.orderValidations,
      partition: partitionFor('o', PARTITIONS),
      key: 'o',
      value: '{"orderId":"o","checkType":"FRAUD_CHECK","validationResult":"PASS","reasons":[]}',
      headers: { traceparent: TRACE },
    },
  ]);
});

test('an hour apart is one session, a millisecond more is another', () => {
  const second = (ms: number): Order => order('b', '1000', 0, { createdAt: isoTime(NOON_MS + ms) });
  assert.deepEqual(results(new Scene().judge(order('a', '1000'), second(FRAUD_GAP_MS))), ['PASS', 'FAIL']);
  assert.deepEqual(results(new Scene().judge(order('a', '1000'), second(FRAUD_GAP_MS + 1))), [
    'PASS',
    'PASS',
  ]);
});

test('a late order between two sessions makes one of them: it fails, and so does what follows', () => {
  const scene = new Scene();
  assert.deepEqual(results(scene.judge(order('a', '900'), order('b', '900', 100))), ['PASS', 'PASS']);
  assert.deepEqual(scene.judge(order('c', '200', 50))[0]?.reasons, [
    'orders of 2,000.00 within one session; the limit is 2,000',
  ]);
  assert.deepEqual(results(scene.judge(order('d', '0.01', 110))), ['FAIL']);
});

test('customers have their sessions for themselves', () => {
  const orders = ['c', 'd', 'e'].map((customerId, at) => order(`o${at}`, '1500', at, { customerId }));
  assert.deepEqual(results(new Scene().judge(...orders)), ['PASS', 'PASS', 'PASS']);
});

test('what failed counts into the session too', () => {
  assert.deepEqual(results(new Scene().judge(order('a', '2500'), order('b', '1', 30))), ['FAIL', 'FAIL']);
});

test('a negative line makes no room: it counts as nothing, in its own order and in others', () => {
  const scene = new Scene();
  const lines: OrderLine[] = [
    { product: 'JUMPERS', quantity: 1, price: '1999' },
    { product: 'JUMPERS', quantity: -1, price: '1999' },
    { product: 'JUMPERS', quantity: 1, price: '-1999.5' },
  ];
  assert.deepEqual(results(scene.judge(order('a', '0', 0, { lines }), order('b', '-5000', 1))), [
    'PASS',
    'PASS',
  ]);
  assert.deepEqual(results(scene.judge(order('c', '1', 2))), ['FAIL']);
});

test('a repeat decides once: the same validation again, and nothing counted twice', () => {
  const scene = new Scene();
  const first = scene.judge(order('a', '900'));
  scene.judge(order('b', '1099', 1));
  const before = JSON.stringify([...scene.states]);
  const again = scene.fold(scene.record(order('a', '900')), scene.record(order('a', '900')));
  assert.deepEqual(published(again), [...first, ...first]);
  assert.deepEqual(again.ledger, { 'orders-by-customer repeat': 2 });
  assert.equal(JSON.stringify([...scene.states]), before);
  assert.deepEqual(results(scene.judge(order('c', '0.99', 2))), ['PASS']);
  // within one batch too
  assert.deepEqual(results(scene.judge(order('d', '0.005', 3), order('d', '0.005', 3))), ['PASS', 'PASS']);
  assert.deepEqual(results(scene.judge(order('e', '0.005', 4))), ['FAIL']);
});

test('an order a day and an hour late joins its session; later still it is judged alone, and says so', () => {
  const behind = FRAUD_GAP_MS + FRAUD_GRACE_MS;
  const late = (id: string, price: string, ms: number): Order =>
    order(id, price, 0, { createdAt: isoTime(NOON_MS - ms) });
  const scene = new Scene();
  scene.judge(late('a', '1500', behind), order('now', '1'));
  assert.deepEqual(results(scene.judge(late('b', '500', behind))), ['FAIL']);
  const why = 'it came so late that its session was closed: it was judged on its own';
  assert.deepEqual(scene.judge(late('c', '1999', behind + FRAUD_GAP_MS + 1)), [
    { orderId: 'c', checkType: 'FRAUD_CHECK', validationResult: 'PASS', reasons: [why] },
  ]);
  const [alone] = scene.judge(late('d', '2000.5', behind + FRAUD_GAP_MS + 2));
  assert.deepEqual(alone?.reasons, ['an order of 2,000.50; the limit is 2,000', why]);
  // found again as it was decided, though by now it would be late in another way
  assert.deepEqual(scene.judge(late('d', '2000.5', behind + FRAUD_GAP_MS + 2)), [alone]);
});

test('an order without a customer fails, and its id is nobody’s session', () => {
  const scene = new Scene();
  const nobody = order('c', '1500', 0, { customerId: '' });
  const [found] = scene.judge(nobody);
  assert.deepEqual([found?.validationResult, found?.reasons], ['FAIL', ['the order names no customer']]);
  assert.equal(scene.states.size, 0);
  assert.deepEqual(results(scene.judge(order('o', '1999'))), ['PASS']);
});

test('ended orders are not ours; what is no order, or of no time, goes to the dead letters', () => {
  const scene = new Scene();
  const ended = (['VALIDATED', 'FAILED'] as const).map((state) =>
    order('o', '5000', 0, { state, revision: 2 }),
  );
  const records = ended.map((each) => scene.record(each));
  const broken = scene.record(order('p', '1'), { value: '{}' });
  const timeless = scene.record(order('q', '1', 0, { createdAt: '2026-02-30T00:00:00.000Z' }));
  const midnight = scene.record(order('q', '1', 0, { createdAt: '2026-02-28T24:00:00.000Z' }));
  const { decided, ledger } = scene.fold(...records, broken, timeless, midnight);
  assert.deepEqual(ledger, {
    'orders-by-customer notOurs': 2,
    'orders-by-customer deadLettered invalid-message': 3,
  });
  assert.ok(decided.every(({ records: each }) => each.every(({ topic }) => topic === 'dead-letters')));
  assert.equal(scene.states.size, 0);
});

test('an order in another partition than its customer’s is moved home, and counts there', () => {
  const scene = new Scene();
  const away = (partitionFor('c', PARTITIONS) + 1) % PARTITIONS;
  const { ledger, decided } = scene.fold(scene.record(order('o', '1'), { partition: away }));
  assert.deepEqual(ledger, { 'orders-by-customer moved': 1 });
  assert.equal(decided.flatMap(({ records }) => records)[0]?.partition, partitionFor('c', PARTITIONS));
  assert.equal(scene.states.size, 0);
});

test('event time is exact through leap years and centuries', () => {
  const moments = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(moments, (ms) => {
      const scene = new Scene();
      scene.judge(order('o', '1', 0, { createdAt: isoTime(ms) }));
      assert.equal(scene.sessions().streamTimeMs, ms);
    }),
    { numRuns: 500 },
  );
});

test('a customer’s state stays small, however many orders', () => {
  const scene = new Scene();
  for (let hour = 0; hour < 100; hour++) scene.judge(order(`o${hour}`, '1', hour * 61));
  const { length } = scene.sessions().open;
  assert.ok(length > 20 && length <= 26);
});

/** What a fresh customer's orders come to: each judged by what came before it and itself, in one session with it. */
function oracle(orders: readonly { readonly atMs: number; readonly cents: number }[]): string[] {
  return orders.map((last, at) => {
    const before = orders.slice(0, at + 1).toSorted((one, other) => one.atMs - other.atMs);
    let total = 0;
    let holds = false;
    for (const [nth, each] of before.entries()) {
      const gap = nth === 0 ? 0 : each.atMs - (before[nth - 1]?.atMs ?? 0);
      if (gap > FRAUD_GAP_MS) {
        if (holds) break;
        total = 0;
      }
      total += each.cents;
      holds ||= each === last;
    }
    return total >= 200_000 ? 'FAIL' : 'PASS';
  });
}

test('in any order within the grace, each is judged by the sessions of those that came before it', () => {
  const arriving = fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 24 * 60 }).map((minutes) => minutes * MINUTE_MS),
      cents: fc.integer({ min: 0, max: 90_000 }),
    }),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(arriving, fc.integer({ min: 1, max: 5 }), (orders, batchSize) => {
      const scene = new Scene();
      const made = orders.map(({ atMs, cents }, at) =>
        order(`o${at}`, (cents / 100).toFixed(2), 0, { createdAt: isoTime(NOON_MS + atMs) }),
      );
      const found: string[] = [];
      for (let at = 0; at < made.length; at += batchSize)
        found.push(...results(scene.judge(...made.slice(at, at + batchSize))));
      assert.deepEqual(found, oracle(orders));
    }),
    { numRuns: 150 },
  );
});
