import { Value } from '@sinclair/typebox/value';
import { BILL_LINES_MAX } from '../../../core/billing/bill.ts';
import { billText, RenderedBill } from '../../../core/billing/bill-generation.ts';
import type { Customer } from '../../../core/billing/customer.ts';
import { GOODS_TAX_RATE } from '../../../core/billing/issue-bill.ts';
import type { Json } from '../../../core/messages/json.ts';
import { type Charge, type Charges, MAX_CHARGES } from '../../../core/orders/charges.ts';
import { orderBilling } from '../../../core/orders/order-billing.ts';
import { assert, test } from '../../harness.ts';
import { japaneseYen, latinEuro } from '../billing/customers.ts';
import { answer, answerError, endedAs, Scene, start } from '../workflow/support.ts';

const type = 'order-billing';
const period = { from: '2026-11-01', to: '2026-12-01' };
const request = { customerIdentifier: '321', period };
const json = (value: Customer | Charges): Json => JSON.parse(JSON.stringify(value)) as Json;

const charge = (fields: Partial<Charge> = {}): Charge => ({
  orderId: '17',
  description: 'JUMPERS',
  quantity: 3,
  unitPrice: '10.00',
  date: '2026-11-03',
  ...fields,
});
const charges = (...lines: Charge[]): Charges => ({ customerIdentifier: '321', lines });

/** A scene whose job was asked for and answered. */
function billed(of: Charges, customer = latinEuro, fields: object = {}): Scene {
  const scene = new Scene([orderBilling]);
  scene.when(start(type, 'a', { ...request, ...fields }));
  scene.when(answer(type, 'a', 1, json(of)), answer(type, 'a', 0, json(customer)));
  return scene;
}

function billOf(scene: Scene): RenderedBill {
  const last = scene.job('a').events.at(-1);
  const result = last?.event === 'completed' ? last.result : null;
  assert.ok(Value.Check(RenderedBill, result), JSON.stringify(last));
  return result;
}

const problemOf = (scene: Scene) => [scene.job('a').status, scene.job('a').problem?.code];

test('it asks for customer and charges at once, and bills the orders alone', () => {
  const scene = new Scene([orderBilling]);
  const asked = scene.when(start(type, 'a', request));
  assert.deepEqual(asked.questions, ['0 customer', '1 charges']);
  const payloads = asked.records
    .filter(({ topic }) => topic === 'questions-topic')
    .map(({ value }) => (JSON.parse(String(value)) as { payload: Json }).payload);
  assert.deepEqual(payloads, [{ customerIdentifier: '321' }, request]);
  const of = charges(
    charge(),
    charge({ orderId: '18', description: 'STOCKINGS', quantity: 1, unitPrice: '2.505' }),
  );
  assert.deepEqual(scene.when(answer(type, 'a', 1, json(of))).events, ['answered']);
  scene.when(answer(type, 'a', 0, json(latinEuro)));
  const rendered = billOf(scene);
  const { bill } = rendered;
  assert.deepEqual(
    bill.lines.map(({ description, quantity, unit, unitPrice, taxRate, net }) => [
      description,
      quantity,
      unit,
      unitPrice,
      taxRate,
      net,
    ]),
    [
      ['2026-11-03 JUMPERS (order 17)', '3', 'each', '10.00', GOODS_TAX_RATE, '30.00'],
      ['2026-11-03 STOCKINGS (order 18)', '1', 'each', '2.505', GOODS_TAX_RATE, '2.51'],
    ],
  );
  assert.deepEqual([bill.netTotal, bill.taxTotal, bill.total], ['32.51', '7.48', '39.99']);
  assert.deepEqual([bill.billDate, bill.billNumber, bill.currency], ['2020-04-15', 'B-a', 'EUR']);
  assert.ok(billText(rendered)?.includes('JUMPERS'));
});

test('the bill has the currency of the customer, and the date that was asked for', () => {
  const of = { customerIdentifier: '6', lines: [charge({ unitPrice: '1200' })] };
  const scene = billed(of, japaneseYen, { customerIdentifier: '6', billDate: '2026-12-01' });
  const { bill } = billOf(scene);
  assert.deepEqual([bill.currency, bill.billDate, bill.netTotal], ['JPY', '2026-12-01', '3600']);
});

test('a customer without orders in the period gets a bill of zero', () => {
  assert.deepEqual(billOf(billed(charges())).bill.lines, []);
});

test('an order id that the line has no room for is left out', () => {
  const orderId = 'o'.repeat(128);
  const description = 'd'.repeat(100);
  const [line] = billOf(billed(charges(charge({ orderId, description })))).bill.lines;
  assert.equal(line?.description, `2026-11-03 ${description}`);
});

test('as many lines as a bill holds are billed; one more fails the job visibly', () => {
  const many = (count: number): Charges =>
    charges(...Array.from({ length: count }, (_, nth) => charge({ orderId: `${nth}` })));
  const { bill } = billOf(billed(many(BILL_LINES_MAX)));
  assert.equal(bill.lines.length, BILL_LINES_MAX);
  assert.deepEqual(problemOf(billed(many(BILL_LINES_MAX + 1))), ['failed', 'too-many-charges']);
  assert.ok(MAX_CHARGES > BILL_LINES_MAX, 'else too many would be no answer at all, and the job would wait');
});

const refusals: readonly (readonly [string, Charge, string])[] = [
  ['a day before the period', charge({ date: '2026-10-31' }), 'charge-outside-period'],
  ['the day after the period', charge({ date: '2026-12-01' }), 'charge-outside-period'],
  ['a negative quantity', charge({ quantity: -1 }), 'charge-not-billable'],
  ['a quantity that is too long', charge({ quantity: 1_000_000_000 }), 'charge-not-billable'],
  ['a price that is too long', charge({ unitPrice: '1234567890' }), 'charge-not-billable'],
];
for (const [name, line, code] of refusals) {
  test(`${name} fails the job as ${code}`, () => {
    assert.deepEqual(problemOf(billed(charges(charge(), line))), ['failed', code]);
  });
}

test('the first and the last day of the period are billed', () => {
  const days = charges(charge({ date: '2026-11-01' }), charge({ date: '2026-11-30' }));
  assert.equal(billOf(billed(days)).bill.lines.length, 2);
});

test('an answer about another customer bills nobody', () => {
  assert.deepEqual(problemOf(billed({ ...charges(), customerIdentifier: '322' })), [
    'failed',
    'wrong-customer',
  ]);
  assert.deepEqual(problemOf(billed(charges(), { ...latinEuro, customerIdentifier: '322' })), [
    'failed',
    'wrong-customer',
  ]);
});

test('a currency that is none, or an error of an answerer, fails the job with the reason', () => {
  const scene = billed(charges(charge()), { ...latinEuro, currency: 'ZZZ' });
  assert.deepEqual(problemOf(scene), ['failed', 'unknown-currency']);
  const refused = new Scene([orderBilling]);
  refused.when(start(type, 'a', request), answer(type, 'a', 0, json(latinEuro)));
  refused.when(answerError(type, 'a', 1, 'too-many-charges'));
  assert.deepEqual(problemOf(refused), ['failed', 'too-many-charges']);
});

for (const wrong of [
  { from: '2026-11-01', to: '2026-11-01' },
  { from: '2026-12-01', to: '2026-11-01' },
  { from: '2026-02-30', to: '2026-11-01' },
]) {
  test(`the period ${wrong.from} to ${wrong.to} fails the job before it asks anything`, () => {
    const scene = new Scene([orderBilling]);
    assert.deepEqual(scene.when(start(type, 'a', { ...request, period: wrong })).questions, []);
    assert.deepEqual(problemOf(scene), ['failed', 'bad-period']);
  });
}

test('a request that is none makes no job', () => {
  const scene = new Scene([orderBilling]);
  for (const bad of [{}, { customerIdentifier: '1' }, { ...request, billDate: 'today' }])
    endedAs(scene.when(start(type, 'a', bad)), 'deadLettered invalid-input');
});
