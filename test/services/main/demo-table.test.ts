import { expect, test } from 'bun:test';
import { demoStream } from '../../../services/demo-orders-stream.ts';
import { OrdersTable } from '../../../services/demo-orders-table.ts';

/** Everything of the demo happens, on a terminal of this size. */
function shown(size: { isTTY: boolean; columns?: number; rows?: number }): string {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  const stream = demoStream();
  const table = new OrdersTable(['http://a', 'http://b'], { ...size, write }, stream.length);
  for (const order of stream) table.add(order);
  for (const { id } of stream) {
    const reasons = [
      'the product is unknown, and this reason is long enough to run over the end of many lines',
    ];
    table.validated({ orderId: id, checkType: 'ORDER_DETAILS_CHECK', validationResult: 'FAIL', reasons });
    table.moved(id, 'VALIDATED');
    table.ended(id, { state: 'FAILED', trackingNumber: null, servedBy: 'http://b', ms: 12.4 });
  }
  table.finish();
  return text;
}

const UP = '\u001b[';
/** How wide each line is, less what moves the cursor: up so many lines, and clearing one. */
const widthsOf = (text: string): number[] =>
  text
    .split(UP)
    .map((part, at) => (at === 0 ? part : part.replace(/^\d+[AK]/, '')))
    .join('')
    .split('\n')
    .map((line) => [...line].length);

test('on a terminal with room, the rows are drawn anew in place, none wider than it', () => {
  for (const columns of [70, 80, 157, 200]) {
    const text = shown({ isTTY: true, columns, rows: 40 });
    expect(text).toContain(`${UP}24A`);
    expect(Math.max(...widthsOf(text))).toBeLessThan(columns);
  }
});

test('on a terminal with too few rows, and elsewhere, each ended order is one line', () => {
  for (const size of [{ isTTY: true, columns: 80, rows: 24 }, { isTTY: false }]) {
    const text = shown(size);
    expect(text).not.toContain(UP);
    // header, 24 orders, an empty line, the sum, and the end of the last line
    expect(text.split('\n')).toHaveLength(1 + 24 + 1 + 1 + 1);
  }
});

test('what was shipped shows its tracking number, what failed shows why, and the sum counts both', () => {
  let text = '';
  const output = { write: (more: string) => (text += more) };
  const [one, other] = demoStream();
  if (one === undefined || other === undefined) throw new Error('the stream has two orders at least');
  const table = new OrdersTable(['http://a'], output, 2);
  table.add(one);
  table.add(other);
  const end = { servedBy: 'http://a', ms: 12.4 };
  table.ended(one.id, { ...end, state: 'SHIPPED', trackingNumber: 'RQ-77' });
  const reasons = ['the customer is missing'];
  table.validated({
    orderId: other.id,
    checkType: 'ORDER_DETAILS_CHECK',
    validationResult: 'FAIL',
    reasons,
  });
  table.ended(other.id, { ...end, state: 'FAILED', trackingNumber: null });
  table.finish();
  expect(text).toMatch(/ SHIPPED .* tracking number RQ-77\n/);
  expect(text).toMatch(/ FAILED .* the customer is missing\n/);
  expect(text).toContain('1 shipped, 1 failed; 12 ms');
});
