// A bill as JSON.

import { Type } from '@sinclair/typebox';
import { Bill as BillSchema } from '../../../core/mod.ts';
import { day, nextLink, text, time } from './reply.ts';

export const Bill = Type.Unsafe<BillSchema>({
  ...BillSchema,
  title: 'Bill',
  description: 'A bill. Amounts are decimal texts with as many decimals as their currency has.',
});

export const RenderedBill = Type.Object(
  {
    bill: Bill,
    renderer: text('Which renderer made its text, such as text/1'),
    sha256: text('Of its text as UTF-8, in hexadecimal'),
  },
  { title: 'RenderedBill', description: 'A bill, and what its text must be.' },
);

export const ListedBill = Type.Object(
  {
    workflowId: Type.String(),
    billNumber: Type.String(),
    customerIdentifier: Type.String(),
    customerName: Type.String(),
    billDate: day('The day of the bill'),
    dueDate: day('The day until which it is to be paid'),
    currency: text('ISO 4217'),
    total: text('What is to be paid, with as many decimals as the currency has'),
    completedAt: time('When it was made'),
    links: Type.Object({
      self: Type.String(),
      job: Type.String(),
      run: Type.Optional(text('The run that asked for it, if one did')),
    }),
  },
  { title: 'ListedBill', description: 'A bill in a few words.' },
);

export const BillsPage = Type.Object(
  {
    bills: Type.Array(ListedBill),
    links: Type.Object({ self: Type.String(), next: nextLink }),
  },
  { title: 'BillsPage', description: 'One page of bills.' },
);
