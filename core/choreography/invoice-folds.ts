import { isCivilDate } from '../billing/civil-date.ts';
import type { Json } from '../messages/json.ts';
import { type NumberingState, numbered } from '../numbering/series.ts';
import { foldInput, type KeyedFold } from '../view/keyed-fold.ts';
import { isoTime } from '../workflow/time.ts';
import { participants } from './event-types.ts';
import { instantOf } from './instant.ts';
import { InvoiceContent, invoiceNumber, invoiceOf, seriesOf } from './invoice.ts';
import type { EventOrder } from './order-event.ts';
import { orderTimeOf, timeOf } from './order-times.ts';
import { type Choreography, type Reacted, reactionFold } from './reaction.ts';
import { choreographyTopics } from './topics.ts';

/** The first step of the invoice service: what each order is invoiced with goes to whoever numbers its series. */
export function invoiceOrdersFold(choreography: Choreography): KeyedFold<EventOrder, Reacted> {
  return reactionFold(choreography, {
    name: 'invoice-orders',
    target: 'invoice-service',
    act: (order) => {
      const content = invoiceOf(order, isoTime(instantOf(order.eventTime) ?? 0).slice(0, 10));
      const value = content as unknown as Json;
      return [{ topic: choreographyTopics.invoiceRequests, key: seriesOf(content), value }];
    },
  });
}

/**
 * Gives each invoice its number, without a gap: a series has one key, and so one partition and one owner (see `numbered`).
 */
export const invoiceNumbersFold: KeyedFold<InvoiceContent, NumberingState<{ readonly since: string }>> = {
  name: 'invoice-numbers',
  inputs: [
    foldInput(choreographyTopics.invoiceRequests, InvoiceContent, {
      toMessage: (content: InvoiceContent) => content,
      keyOf: seriesOf,
    }),
  ],
  keysOf: (content) => [seriesKey(content), orderKey(content)],
  fold: (invoice, states, origin) => {
    if (!isCivilDate(invoice.date))
      return { refused: { reason: 'invalid-message', detail: 'date is no day of the calendar' } };
    const given = numbered(states, {
      series: seriesKey(invoice),
      item: orderKey(invoice),
      content: invoice as unknown as Json,
      give: (nth) => ({
        number: invoiceNumber(invoice, nth),
        since: timeOf(origin, { time: `${invoice.date}T00:00:00Z` }),
      }),
    });
    if (given !== null) return issued(invoice, given.number, given.since);
    const detail = 'this order has another invoice, which stands: send this one under an id of its own';
    return { refused: { reason: 'invoice-conflict', detail } };
  },
};

const seriesKey = (content: InvoiceContent): string => `series/${seriesOf(content)}`;
const orderKey = ({ orderId }: InvoiceContent): string => `order/${orderId}`;

function issued(content: InvoiceContent, number: string, since: string) {
  const value = { number, ...content } as unknown as Json;
  return [
    { topic: choreographyTopics.invoices, key: content.orderId, value },
    orderTimeOf(content.orderId, participants['invoice-service'], since),
  ];
}
