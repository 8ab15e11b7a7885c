import { parseDecimal } from '../billing/decimal.ts';
import { foldInput, type KeyedFold } from '../view/keyed-fold.ts';
import { Order, type OrderLine } from './order.ts';
import { orderTopics } from './topics.ts';
import { validationRecord } from './validation-record.ts';

/** At most so many reasons fit into a validation. */
const REASONS_MAX = 200;

/** Whether there is such a product. */
export type IsKnownProduct = (product: string) => boolean;

/**
 * What is wrong with an order by itself, each in a sentence for people; empty where nothing is. Where there are several
 * lines, a reason says which; an order with more to say than fits has one reason a line, with all that is wrong there.
 */
export function checkDetails(
  { customerId, lines }: Pick<Order, 'customerId' | 'lines'>,
  isKnownProduct: IsKnownProduct,
): string[] {
  const ofOrder = customerId === '' ? ['the customer is missing'] : [];
  const ofLines = lines.map((line, at) => ({
    place: lines.length === 1 ? '' : `line ${at + 1}: `,
    flaws: flawsOf(line, isKnownProduct),
  }));
  const each = ofLines.flatMap(({ place, flaws }) => flaws.map((flaw) => place + flaw));
  if (ofOrder.length + each.length <= REASONS_MAX) return [...ofOrder, ...each];
  const byLine = ofLines.flatMap(({ place, flaws }) => (flaws.length === 0 ? [] : place + flaws.join('; ')));
  return [...ofOrder, ...byLine];
}

function flawsOf({ product, quantity, price }: OrderLine, isKnownProduct: IsKnownProduct): string[] {
  const flaws: string[] = [];
  if (quantity < 0) flaws.push(`the quantity ${quantity} is negative`);
  if (quantity === 0) flaws.push('the quantity is zero');
  if ((parseDecimal(price)?.unscaled ?? 0n) < 0n) flaws.push(`the price ${price} is negative`);
  if (product === '') flaws.push('the product is missing');
  else if (!isKnownProduct(product)) flaws.push(`there is no product "${product}"`);
  return flaws;
}

/**
 * Checks the details of each created order, and says on `order-validations` what is wrong with it. It keeps no state: a
 * record that comes again is checked again, and where a product has come meanwhile the first result stands.
 */
export const detailsFold = (isKnownProduct: IsKnownProduct): KeyedFold<Order, never> => ({
  name: 'order-details',
  // no keyOf: others read this topic too, and its single writer alone may write there
  inputs: [
    foldInput(orderTopics.orders, Order, {
      toMessage: (order: Order) => (order.state === 'CREATED' ? order : null),
    }),
  ],
  keysOf: () => [],
  fold: (order, _states, origin) => {
    const reasons = checkDetails(order, isKnownProduct);
    const validationResult = reasons.length === 0 ? 'PASS' : 'FAIL';
    const checkType = 'ORDER_DETAILS_CHECK';
    return [validationRecord({ orderId: order.id, checkType, validationResult, reasons }, origin)];
  },
});
