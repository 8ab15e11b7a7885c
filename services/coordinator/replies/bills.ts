// A bill as JSON.

import { Type } from '@sinclair/typebox';
import { Bill as BillSchema } from '../../../core/mod.ts';
import { text } from './reply.ts';

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
