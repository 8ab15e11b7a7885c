// An order, its payment and its customer, for tests about mails.
import type { Customer } from '../../../core/billing/customer.ts';
import type { Order, Payment } from '../../../core/orders/order.ts';

export const order: Order = {
  id: '42',
  customerId: '7',
  state: 'CREATED',
  revision: 1,
  lines: [
    { product: 'UNDERPANTS', quantity: 3, price: '5.00' },
    { product: 'JUMPERS', quantity: 12, price: '1249.995' },
  ],
  createdAt: '2026-11-03T10:11:12.345Z',
  failures: [],
};

export const payment: Payment = { id: 'p-1', orderId: '42', ccy: 'EUR', amount: '15014.94' };

export const customer: Customer = {
  customerIdentifier: '7',
  name: 'Ada Novak',
  address: { lines: ['Čopova ulica 2'], postalCode: '1000', city: 'Ljubljana', country: 'SI' },
  currency: 'EUR',
  email: 'ada@example.com',
  subscriptions: [],
  usage: [],
};
