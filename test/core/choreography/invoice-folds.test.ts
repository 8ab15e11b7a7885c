import fc from 'fast-check';
import type { Invoice } from '../../../core/choreography/invoice.ts';
import { invoiceNumbersFold, invoiceOrdersFold } from '../../../core/choreography/invoice-folds.ts';
import type { OrderTime } from '../../../core/choreography/order-times.ts';
import { choreographyTopics } from '../../../core/choreography/topics.ts';
import type { Json } from '../../../core/messages/json.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import { assert, test } from '../../harness.ts';
import { FoldBench, homeOf } from '../view/fold-batch-support.ts';
import { asRead, choreography, onBus, orderCreated, refusals, valuesOf } from './scene.ts';

const { invoiceRequests, invoices, orderTimes } = choreographyTopics;

/** The requests that these orders come to. */
function requests(...records: readonly IncomingRecord[]): IncomingRecord[] {
  return asRead(new FoldBench(invoiceOrdersFold(choreography)).run(...records).records, invoiceRequests);
}
const requestOf = (id: string, data: Readonly<Record<string, Json>> = {}, time?: string): IncomingRecord[] =>
  requests(onBus(orderCreated(id, data, time)));

/** The invoices that come of requests, in one batch. */
const issued = (...records: readonly IncomingRecord[]): Invoice[] =>
  valuesOf<Invoice>(new FoldBench(invoiceNumbersFold).run(...records).records, invoices);

test('an invoice has its lines, their sum, the tax on it and the day of the event, to the cent', () => {
  const lines = [
    { sku: 'JUMPERS', quantity: 3, price: '19.995' },
    { product: 'BOOTS', quantity: 1, price: 5 },
  ];
  assert.deepEqual(issued(...requestOf('1', { customerId: 7, lines })), [
    {
      number: 'INV-2026-000001',
      orderId: '1',
      customerId: '7',
      issuer: 'REQUITE',
      date: '2026-12-01',
      currency: 'EUR',
      lines: [
        { sku: 'JUMPERS', quantity: 3, unitPrice: '19.995', net: '59.99' },
        { sku: 'BOOTS', quantity: 1, unitPrice: '5', net: '5.00' },
      ],
      net: '64.99',
      taxRate: '23',
      tax: '14.95',
      gross: '79.94',
    },
  ]);
});

test('a currency without decimals has none, and one that there is not counts as EUR', () => {
  const lines = [{ sku: 'A', quantity: 1, price: '10.5' }];
  const [yen, other] = issued(
    ...requestOf('1', { lines, currency: 'JPY' }),
    ...requestOf('2', { lines, currency: 'XXZ' }),
  );
  assert.deepEqual([yen?.net, yen?.tax, yen?.gross, yen?.currency], ['11', '3', '14', 'JPY']);
  assert.deepEqual([other?.net, other?.currency], ['10.50', 'EUR']);
});

test('an order without usable lines comes to an invoice of zero', () => {
  const lines = [
    { sku: '', quantity: 1, price: '1' },
    { sku: 'A', quantity: 0, price: '1' },
    { sku: 'A', quantity: 1.5, price: '1' },
    { sku: 'A', quantity: 1, price: '-1' },
    { sku: 'A', quantity: 1, price: 'free' },
    { sku: 'A', quantity: 1_000_000_000, price: '999999999999' },
    { quantity: 1 },
    'A',
    null,
  ];
  for (const data of [{}, { lines: 'none' }, { lines }]) {
    const [invoice] = issued(...requestOf('1', data as Record<string, Json>));
    assert.deepEqual([invoice?.lines, invoice?.gross], [[], '0.00']);
  }
});

test('each issuer counts by itself, and each year begins with 1', () => {
  const all = issued(
    ...requestOf('1'),
    ...requestOf('2', { issuer: 'ACME' }),
    ...requestOf('3'),
    ...requestOf('4', {}, '2026-12-31T23:59:59.999Z'),
    ...requestOf('5', {}, '2027-01-01T00:00:00.000Z'),
    // still the last year, where it was written
    ...requestOf('6', {}, '2027-01-01T00:30:00+01:00'),
  );
  assert.deepEqual(
    all.map(({ issuer, number }) => `${issuer} ${number}`),
    [
      'REQUITE INV-2026-000001',
      'ACME INV-2026-000001',
      'REQUITE INV-2026-000002',
      'REQUITE INV-2026-000003',
      'REQUITE INV-2027-000001',
      'REQUITE INV-2026-000004',
    ],
  );
});

test('the requests of a series lie in one partition, whatever their orders', () => {
  const all = Array.from({ length: 20 }, (_, at) => requestOf(`order-${at}`)).flat();
  assert.deepEqual(new Set(all.map(({ partition }) => partition)), new Set([homeOf('REQUITE-2026')]));
});

test('the time of the service is saved with the invoice', () => {
  const { records } = new FoldBench(invoiceNumbersFold).run(...requestOf('1'));
  assert.deepEqual(
    valuesOf<OrderTime>(records, orderTimes).map(({ orderId, column }) => [orderId, column]),
    [['1', 'time_invoice_service']],
  );
});

test('another order under an id that has an invoice is refused, and takes no number', () => {
  const bench = new FoldBench(invoiceNumbersFold);
  bench.run(...requestOf('1', { lines: [{ sku: 'A', quantity: 1, price: '1' }] }));
  const other = bench.run(...requestOf('1', { lines: [{ sku: 'A', quantity: 2, price: '1' }] }));
  assert.deepEqual(refusals(other.records), ['invoice-conflict']);
  const [next] = valuesOf<Invoice>(bench.run(...requestOf('2')).records, invoices);
  assert.equal(next?.number, 'INV-2026-000002');
});

/** What may happen to a batch: decided and lost before anything was saved; saved, and come again; or once, as it should. */
const fates = fc.constantFrom('lost', 'repeated', 'once');

test('numbers have no gap and no double, however orders interleave, repeat and crash', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 8 }), fates), {
        minLength: 1,
        maxLength: 20,
      }),
      (batches) => {
        const bench = new FoldBench(invoiceNumbersFold);
        const numbers = new Map<string, Set<string>>();
        const note = (found: readonly Invoice[]): void => {
          for (const { orderId, number } of found)
            numbers.set(orderId, (numbers.get(orderId) ?? new Set()).add(number));
        };
        for (const [ids, fate] of batches) {
          const records = ids.flatMap((id) => requestOf(`order-${id}`));
          // what is decided and not saved is not published either
          if (fate === 'lost') bench.decide(...records);
          const { records: published } = bench.run(...records);
          // saved, and maybe dead before it was published: only the repeat tells
          if (fate === 'repeated') note(valuesOf<Invoice>(bench.run(...records).records, invoices));
          else note(valuesOf<Invoice>(published, invoices));
        }
        for (const [id, found] of numbers) assert.equal(found.size, 1, `${id} has ${[...found].join(', ')}`);
        const given = [...numbers.values()].flatMap((found) => [...found]).sort();
        assert.deepEqual(
          given,
          given.map((_, at) => `INV-2026-${String(at + 1).padStart(6, '0')}`),
        );
      },
    ),
    { numRuns: 200 },
  );
});
