import { orderContentHash } from '../../../core/orders/order.ts';
import { assert, test } from '../../harness.ts';

const line = { product: 'JUMPERS', quantity: 1, price: '5' };
const content = { customerId: '1', lines: [line] };

test('an order is the same however its price is written', () => {
  for (const price of ['5.0', '5.00', '5.00000000'])
    assert.equal(orderContentHash({ ...content, lines: [{ ...line, price }] }), orderContentHash(content));
});

test('another price, product, quantity, customer or line is another order', () => {
  const others = [
    { ...content, customerId: '2' },
    { ...content, lines: [{ ...line, price: '50' }] },
    { ...content, lines: [{ ...line, price: '-5' }] },
    { ...content, lines: [{ ...line, quantity: 2 }] },
    { ...content, lines: [{ ...line, product: 'UNDERPANTS' }] },
    { ...content, lines: [line, line] },
  ];
  const hashes = [content, ...others].map(orderContentHash);
  assert.equal(new Set(hashes).size, hashes.length);
});
