// The orders of the demo: mostly good ones, and one of each kind that fails.
import { sampleStock } from './inventory/samples.ts';

/** An order as it is posted, and whether it is paid. */
export interface DemoOrder {
  readonly id: string;
  readonly customerId: string;
  readonly product: string;
  readonly quantity: number;
  /** Of one piece, as a decimal string. */
  readonly price: string;
  readonly isPaid: boolean;
}

const COUNT = 24;
const CUSTOMERS = 9;

/** What goes wrong with some of them, by place in the stream. */
const odd: Readonly<Record<number, Partial<DemoOrder>>> = {
  5: { quantity: 0 },
  8: { product: 'UNICORNS' },
  11: { quantity: 100_000, price: '0.01' },
  14: { price: '2500.00', quantity: 1 },
  18: { customerId: '', isPaid: false },
  20: { isPaid: false },
};

/** The stream, in the order in which it is posted. */
export function demoStream(): readonly DemoOrder[] {
  return Array.from({ length: COUNT }, (_, at) => {
    const { product = 'JUMPERS', unitPrice = '10.00' } = sampleStock[at % sampleStock.length] ?? {};
    const plain = { id: String(at + 1), customerId: String((at % CUSTOMERS) + 1), product, price: unitPrice };
    return { ...plain, quantity: (at % 3) + 1, isPaid: true, ...odd[at] };
  });
}
