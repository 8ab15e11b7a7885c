import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { Bill } from '../../../core/billing/bill.ts';
import { Customer } from '../../../core/billing/customer.ts';
import { BillError, type BillErrorCode, issueBill, SAMPLE_ISSUER } from '../../../core/billing/issue-bill.ts';
import { parseMoney, sumMoney } from '../../../core/billing/money.ts';
import { renderBill } from '../../../core/billing/render-text.ts';
import { assert, test } from '../../harness.ts';
import * as customers from './customers.ts';

const { emptyCustomer, latinEuro } = customers;
const order = { workflowId: '71638', billDate: '2020-04-15' };
const entry = { description: 'Thing', quantity: '1', unitPrice: '1.00', taxRate: '19' };

function refused(code: BillErrorCode, attempt: () => unknown, message = /./): void {
  assert.throws(
    attempt,
    (error) => error instanceof BillError && error.code === code && message.test(error.message),
  );
}

test('a bill has its number, its dates, and who sends and who gets it', () => {
  const bill = issueBill(latinEuro, order);
  assert.equal(bill.billNumber, 'B-71638');
  assert.equal(bill.billDate, '2020-04-15');
  assert.equal(bill.dueDate, '2020-04-29');
  assert.deepEqual(bill.issuer, SAMPLE_ISSUER);
  assert.equal(bill.customer.customerIdentifier, '321');
  assert.equal(bill.customer.taxId, 'DE000000002');
});

test('an issuer that is given takes the place of the sample', () => {
  const issuer = { ...SAMPLE_ISSUER, name: 'Other Ltd' };
  assert.equal(issueBill(emptyCustomer, { ...order, issuer }).issuer.name, 'Other Ltd');
});

test('subscriptions come before usage, each with its net', () => {
  const { lines } = issueBill(latinEuro, order);
  assert.deepEqual(
    lines.map((line) => [line.unit, line.net]),
    [
      ['each', '49.00'],
      ['each', '18.00'],
      ['kWh', '1229.63'],
      ['kWh', '615.28'],
    ],
  );
});

test('lines of its own take the place of subscriptions and usage', () => {
  const lines = [{ ...entry, unit: 'box', quantity: '3', taxRate: '23' }];
  const bill = issueBill(latinEuro, { ...order, lines });
  assert.deepEqual(bill.lines, [{ ...lines[0], net: '3.00' }]);
  assert.deepEqual([bill.netTotal, bill.taxTotal, bill.total], ['3.00', '0.69', '3.69']);
  assert.deepEqual(issueBill(latinEuro, { ...order, lines: [] }).lines, []);
});

test('tax is summed up by rate, rising, and 19 and 19.0 are one rate', () => {
  const bill = issueBill(latinEuro, order);
  assert.deepEqual(bill.taxes, [
    { taxRate: '7', net: '18.00', tax: '1.26' },
    { taxRate: '19', net: '1893.91', tax: '359.84' },
  ]);
  assert.deepEqual([bill.netTotal, bill.taxTotal, bill.total], ['1911.91', '361.10', '2273.01']);
});

test('rates rise as numbers, not as texts', () => {
  const subscriptions = ['19', '7.5', '100', '7.25', '0', '0.00'].map((taxRate) => ({ ...entry, taxRate }));
  const { taxes } = issueBill({ ...emptyCustomer, subscriptions }, order);
  assert.deepEqual(
    taxes.map((tax) => tax.taxRate),
    ['0', '7.25', '7.5', '19', '100'],
  );
});

test('tax is rounded once a rate, not once a line', () => {
  const line = { ...entry, unitPrice: '0.03', taxRate: '10' };
  const bill = issueBill({ ...emptyCustomer, subscriptions: [line, line, line, line, line] }, order);
  assert.equal(bill.taxTotal, '0.02');
});

test('a customer with no lines gets a bill of zero', () => {
  const bill = issueBill(emptyCustomer, order);
  assert.deepEqual([bill.lines, bill.taxes], [[], []]);
  assert.deepEqual([bill.netTotal, bill.taxTotal, bill.total], ['0.00', '0.00', '0.00']);
  assert.ok(Value.Check(Bill, bill));
});

test('every test customer and its bill pass their schemas', () => {
  for (const customer of Object.values(customers)) {
    assert.ok(Value.Check(Customer, customer));
    assert.ok(Value.Check(Bill, issueBill(customer, order)));
  }
});

test('a bill goes through JSON and renders to the same bytes', () => {
  for (const customer of Object.values(customers)) {
    const bill = issueBill(customer, order);
    const read: unknown = JSON.parse(JSON.stringify(bill));
    assert.deepEqual(read, bill);
    assert.ok(Value.Check(Bill, read));
    assert.equal(renderBill(read), renderBill(bill));
  }
});

test('fields that the schema does not name are let through and do not reach the bill', () => {
  const address = { ...latinEuro.address, door: 'x' };
  const lavish = {
    ...latinEuro,
    address,
    segment: 'gold',
    usage: latinEuro.usage.map((use) => ({ ...use, meter: 1 })),
  };
  assert.ok(Value.Check(Customer, lavish));
  assert.deepEqual(issueBill(lavish, order), issueBill(latinEuro, order));
});

test('a frozen customer is billed', () => {
  const frozen = Object.freeze({ ...latinEuro, subscriptions: Object.freeze([...latinEuro.subscriptions]) });
  assert.deepEqual(issueBill(frozen, order), issueBill(latinEuro, order));
});

test('the schema refuses numbers, exponents and overlong texts', () => {
  const withUsage = (change: object) => ({
    ...emptyCustomer,
    usage: [{ ...entry, unit: 'kWh', ...change }],
  });
  assert.ok(Value.Check(Customer, withUsage({})));
  for (const change of [
    { quantity: 1 },
    { quantity: '1e3' },
    { quantity: '-1' },
    { quantity: '1.1234567' },
    { unitPrice: '1,5' },
    { unitPrice: '1\n' },
    { taxRate: '19%' },
    { taxRate: '-1' },
    { unit: '' },
    { description: 'x'.repeat(201) },
  ]) {
    assert.equal(Value.Check(Customer, withUsage(change)), false, JSON.stringify(change));
  }
  assert.equal(
    Value.Check(Customer, { ...emptyCustomer, usage: Array(501).fill({ ...entry, unit: 'h' }) }),
    false,
  );
  assert.equal(Value.Check(Customer, { ...emptyCustomer, name: undefined }), false);
});

test('what cannot be billed is refused with a code, a place and a cause', () => {
  refused(
    'unknown-currency',
    () => issueBill({ ...emptyCustomer, currency: 'XXX' }, order),
    /customer 18.*XXX/,
  );
  const huge = { ...entry, quantity: '999999999', unitPrice: '999999999' };
  refused(
    'amount-too-large',
    () => issueBill({ ...emptyCustomer, subscriptions: [entry, huge] }, order),
    /line 2/,
  );
  const odd = { ...entry, taxRate: '-1' };
  refused('not-a-decimal', () => issueBill({ ...emptyCustomer, subscriptions: [odd] }, order), /line 1/);
  for (const billDate of ['2020-02-30', '15.04.2020', '9999-12-25']) {
    refused('bad-bill-date', () => issueBill(emptyCustomer, { ...order, billDate }));
  }
  for (const workflowId of ['', 'x'.repeat(257)]) {
    refused('bad-workflow-id', () => issueBill(emptyCustomer, { ...order, workflowId }));
  }
});

const arbitraryEntry = fc.record({
  description: fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }),
  quantity: fc.integer({ min: 0, max: 10 ** 6 }).map((n) => `${Math.floor(n / 1000)}.${n % 1000}`),
  unitPrice: fc.integer({ min: -(10 ** 6), max: 10 ** 6 }).map(String),
  taxRate: fc.constantFrom('0', '7', '7.5', '19', '19.00'),
  unit: fc.constantFrom('kWh', 'min', '千瓦时'),
});

test('the sums of every bill add up, and it passes its schema', () => {
  const money = (text: string, currency: string) => parseMoney(text, currency);
  fc.assert(
    fc.property(
      fc.array(arbitraryEntry, { maxLength: 20 }),
      fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF'),
      (usage, currency) => {
        const bill = issueBill({ ...emptyCustomer, currency, usage }, order);
        assert.ok(Value.Check(Bill, bill));
        const sum = (texts: string[]) =>
          sumMoney(
            texts.map((text) => money(text, currency)),
            currency,
          );
        assert.deepEqual(sum(bill.lines.map((line) => line.net)), money(bill.netTotal, currency));
        assert.deepEqual(sum(bill.taxes.map((tax) => tax.net)), money(bill.netTotal, currency));
        assert.deepEqual(sum(bill.taxes.map((tax) => tax.tax)), money(bill.taxTotal, currency));
        assert.deepEqual(sum([bill.netTotal, bill.taxTotal]), money(bill.total, currency));
      },
    ),
  );
});
