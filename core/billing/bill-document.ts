// What stands on a bill, and in which order: one model for the faces that lay it out themselves. Each text is made
// printable here, so that no face has to think of it; escaping and direction are the face's own.
import type { Bill } from './bill.ts';
import { billNotes, placeLines } from './bill-wording.ts';
import { groupThousands } from './decimal.ts';
import { printable } from './printable.ts';

/** How a bill is rendered, whatever the format. */
export interface RenderOptions {
  /** Marks it as a preview on each page: it is no bill, and nobody is to pay it. Default false. */
  readonly preview?: boolean;
}

/** One of the two who deal with each other. */
export interface DocumentParty {
  readonly heading: string;
  readonly name: string;
  readonly lines: readonly string[];
}

/** A word of ours, and what is to stand beside it. */
export interface DocumentFact {
  readonly label: string;
  readonly value: string;
}

/** A thing billed; numbers are grouped by thousands. */
export interface DocumentLine {
  readonly description: string;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: string;
  readonly taxRate: string;
  readonly net: string;
}

/** The tax of a rate, or the sum of all; the label is ours. */
export interface DocumentTax {
  readonly label: string;
  readonly net: string;
  readonly tax: string;
}

/** A bill as printable texts in reading order. */
export interface BillDocument {
  /** `Bill`, or `Preview`. */
  readonly title: string;
  readonly number: string;
  /** What says that it is a preview; null on a bill. */
  readonly banner: string | null;
  readonly from: DocumentParty;
  readonly to: DocumentParty;
  readonly facts: readonly DocumentFact[];
  readonly currency: string;
  readonly lines: readonly DocumentLine[];
  /** Empty where there are no lines. */
  readonly taxes: readonly DocumentTax[];
  readonly taxTotal: DocumentTax;
  readonly due: DocumentFact;
  readonly notes: readonly string[];
}

/** The bill's texts. The same bill gives the same texts on every runtime. */
export function billDocument(bill: Bill, { preview = false }: RenderOptions = {}): BillDocument {
  const { issuer, customer, currency } = bill;
  const { banner, settle, rounding, dueLabel, dueAmount } = billNotes(bill, preview);
  const issuerLines = [...placeLines(issuer.address), `Tax id ${issuer.taxId}`, ...issuer.contact];
  const customerLines = placeLines(customer.address);
  if (customer.taxId !== undefined) customerLines.push(`Tax id ${customer.taxId}`);
  return {
    title: preview ? 'Preview' : 'Bill',
    number: printable(bill.billNumber),
    banner,
    from: { heading: 'From', name: printable(issuer.name), lines: issuerLines.map(printable) },
    to: { heading: 'Bill to', name: printable(customer.name), lines: customerLines.map(printable) },
    facts: [
      { label: 'Bill date', value: bill.billDate },
      { label: 'Due date', value: bill.dueDate },
      { label: 'Currency', value: currency },
      { label: 'Customer', value: printable(customer.customerIdentifier) },
    ],
    currency,
    lines: bill.lines.map(({ description, quantity, unit, unitPrice, taxRate, net }) => ({
      description: printable(description),
      quantity: groupThousands(quantity),
      unit: printable(unit),
      unitPrice: groupThousands(unitPrice),
      taxRate,
      net: groupThousands(net),
    })),
    taxes: bill.taxes.map(({ taxRate, net, tax }) => ({
      label: `${taxRate} %`,
      net: groupThousands(net),
      tax: groupThousands(tax),
    })),
    taxTotal: {
      label: 'Total',
      net: groupThousands(bill.netTotal),
      tax: groupThousands(bill.taxTotal),
    },
    due: { label: dueLabel, value: dueAmount },
    notes: [printable(settle), rounding],
  };
}
