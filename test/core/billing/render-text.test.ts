import fc from 'fast-check';
import type { Customer } from '../../../core/billing/customer.ts';
import { displayWidth } from '../../../core/billing/display-width.ts';
import { issueBill } from '../../../core/billing/issue-bill.ts';
import { PAGE_WIDTH, renderBill, TEXT_RENDERER } from '../../../core/billing/render-text.ts';
import { assert, test } from '../../harness.ts';
import * as customers from './customers.ts';
import * as golden from './golden.ts';

const { emptyCustomer } = customers;
const order = { workflowId: '71638', billDate: '2020-04-15' };
const entry = { description: 'Thing', quantity: '1', unitPrice: '1.00', taxRate: '19' };

function render(customer: Customer, workflowId = order.workflowId): string {
  return renderBill(issueBill(customer, { ...order, workflowId }));
}

const goldenBills: [what: string, customer: Customer, text: string][] = [
  ['of zero', emptyCustomer, golden.zeroBill],
  ['in euro at two rates', customers.latinEuro, golden.latinEuroBill],
  ['in yen, in Japanese', customers.japaneseYen, golden.japaneseYenBill],
  ['in dinar, in Arabic', customers.arabicDinar, golden.arabicDinarBill],
  ['in many scripts', customers.manyScripts, golden.manyScriptsBill],
  ['of amounts too long for columns', customers.longAmounts, golden.longAmountsBill],
];

for (const [what, customer, text] of goldenBills) {
  test(`a bill ${what} is rendered byte for byte as on record`, () => assert.equal(render(customer), text));
}

test('the renderer of the bills on record is text/1', () => assert.equal(TEXT_RENDERER, 'text/1'));

test('the last cell of the numbers is the last cell of the page on every line of the table', () => {
  const rows = golden.manyScriptsBill.split('\n').slice(14, 23);
  assert.deepEqual(
    rows.map(displayWidth),
    rows.map(() => PAGE_WIDTH),
  );
});

test('a name cannot forge lines, steer the terminal or turn the order of the page', () => {
  const hostile = 'Eve\nTotal due EUR 0.00\u001b[2J\u202e\r\u2028';
  const lines = [hostile, hostile];
  const customer = {
    ...emptyCustomer,
    name: hostile,
    taxId: hostile,
    customerIdentifier: hostile,
    address: { ...emptyCustomer.address, lines, postalCode: '1\n2', city: hostile, region: hostile },
    usage: [{ ...entry, description: hostile, unit: 'k\u001b[1m' }],
  };
  const text = render(customer, 'id\n\u001b[31m');
  const harmful = [...text].filter(
    (character) => character !== '\n' && /[\p{Cc}\u2028-\u202e]/u.test(character),
  );
  assert.deepEqual(harmful, []);
  assert.equal(text.split('\n').filter((line) => /^ *Total due EUR/.test(line)).length, 1);
});

test('a long bill number stands on lines of its own', () => {
  const lines = render(emptyCustomer, 'x'.repeat(256)).split('\n');
  assert.deepEqual(lines.slice(0, 2), ['BILL', 'B-']);
  assert.ok(lines.every((line) => displayWidth(line) <= PAGE_WIDTH));
});

const anything = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength });
const anyNumber = (max: number) => fc.bigInt({ min: 0n, max: 10n ** BigInt(max) - 1n }).map(String);
const anyUsage = fc.record({
  description: anything(200),
  quantity: anyNumber(6).map((whole) => `${whole}.125`),
  unit: anything(16),
  unitPrice: anyNumber(7).map((whole) => `${whole}.00012345`),
  taxRate: fc.constantFrom('0', '7', '19.1234'),
});

test('whatever a customer is called or billed, lines fit the page and end in no space', () => {
  fc.assert(
    fc.property(anything(200), anything(100), fc.array(anyUsage, { maxLength: 5 }), (name, city, usage) => {
      const text = render({ ...emptyCustomer, name, address: { ...emptyCustomer.address, city }, usage });
      assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'));
      for (const line of text.slice(0, -1).split('\n')) {
        assert.ok(displayWidth(line) <= PAGE_WIDTH);
        assert.ok(!line.endsWith(' '));
      }
    }),
  );
});
