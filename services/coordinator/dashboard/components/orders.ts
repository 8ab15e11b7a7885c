// Orders: how they stand, what was checked, how far they have come.
import { TIME_COLUMNS, type TimeColumn } from '../../../../core/mod.ts';
import type { CallFailed } from '../../../platform/calls/index.ts';
import { lasting, moment, several } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import type { OrderReply, OrderTimes } from '../orders.ts';
import type { DashboardOptions } from '../page.ts';
import { notice } from './notice.ts';
import { type Shape, shape, state } from './states.ts';
import { type Starting, toStart } from './to-start.ts';

const SHAPES: Readonly<Record<OrderReply['state'], Shape>> = {
  CREATED: 'waiting',
  VALIDATED: 'running',
  FAILED: 'failed',
  SHIPPED: 'completed',
};

/** An order's state, by shape and word. */
export function orderState({ state: name }: Pick<OrderReply, 'state'>): Html {
  return state(SHAPES[name], name === 'CREATED' ? 'being checked' : name.toLowerCase());
}

/** What was ordered, in a line. */
export function goods({ lines }: Pick<OrderReply, 'lines'>): Html {
  const [first] = lines;
  const more = lines.length - 1;
  if (first === undefined) return html`nothing`;
  return html`${first.quantity} × ${foreign(first.product)}${more === 0 ? null : html` <span class="soft">and ${several(more, 'line')} more</span>`}`;
}

const CHECKS = [
  { check: 'INVENTORY_CHECK', name: 'Stock', service: 'inventory-service' },
  { check: 'FRAUD_CHECK', name: 'Fraud', service: 'fraud-service' },
  { check: 'ORDER_DETAILS_CHECK', name: 'Details', service: 'order-details-service' },
] as const;

/** The three checks that an order passes, and why it did not. */
export function checks(order: OrderReply): Html {
  return html`<ul class="checks">${CHECKS.map(({ check, name }) => {
    const failure = order.failures.find(({ checkType }) => checkType === check);
    const reasons = failure?.reasons.map((reason) => html`<li>${foreign(reason)}</li>`);
    return html`<li><b>${name}</b> ${outcome(order, failure !== undefined)}${reasons === undefined ? null : html`<ul>${reasons}</ul>`}</li>`;
  })}</ul>`;
}

function outcome({ state: name }: OrderReply, hasFailed: boolean): Html {
  if (hasFailed) return state('failed', 'failed');
  if (name === 'CREATED') return state('waiting', 'being checked');
  // the first check that fails ends the validation: the others may not have answered
  if (name === 'FAILED') return state('cancelled', 'did not decide');
  return state('completed', 'passed');
}

const STEPS: Readonly<Record<TimeColumn, { readonly done: string; readonly service: string }>> = {
  time_order_service: { done: 'Validated, and told to the others', service: 'orders-service' },
  time_invoice_service: { done: 'Invoice written', service: 'invoice-service' },
  time_fulfilment_service: { done: 'Goods picked', service: 'fulfilment-service' },
  time_forecasting_service: { done: 'Counted for the forecast', service: 'forecasting-service' },
  time_logistic_service: { done: 'Handed to the carrier', service: 'logistic-service' },
};

interface Step {
  readonly id: string;
  readonly done: string;
  readonly service: string;
  readonly time: string | null;
}

const isDone = ({ time }: Step): boolean => time !== null;
/** ISO times of one form sort as texts. */
const byTime = (a: Step, b: Step): number => ((a.time ?? '') < (b.time ?? '') ? -1 : 1);

/** What happened when, and what is still to come; `since` is when the order was placed, null where that is not known. */
export function timeline(times: OrderTimes | null, since: string | null): Html {
  const steps = TIME_COLUMNS.map(
    (column): Step => ({ id: column, ...STEPS[column], time: times?.[column] ?? null }),
  );
  const inOrder = [...steps.filter(isDone).toSorted(byTime), ...steps.filter((step) => !isDone(step))];
  const placed =
    since === null ? [] : [{ id: 'placed', done: 'Placed', service: 'orders-service', time: since }];
  const began = since ?? inOrder[0]?.time ?? null;
  return html`<ol class="journey">${[...placed, ...inOrder].map((step) => timelineItem(step, began))}</ol>`;
}

function timelineItem({ id, done, service, time }: Step, began: string | null): Html {
  const when =
    time === null
      ? html`<span class="soft">not yet</span>`
      : html`<time datetime="${time}" title="${time}">${after(time, began)}</time>`;
  return html`<li id="${id}" class="${time === null ? 'open' : 'done-step'}">${shape(time === null ? 'requested' : 'completed')}
<span><b>${done}</b> <span class="soft">${service}</span></span> ${when}</li>`;
}

function after(time: string, began: string | null): string {
  if (began === null || time === began) return moment(time);
  const ms = Date.parse(time) - Date.parse(began);
  // clocks of two machines: what came later may say that it was earlier
  return ms < 0 ? moment(time) : `+ ${lasting(ms)}`;
}

/** How many steps of the choreography an order has behind it. */
export function stepsDone(times: OrderTimes): Html {
  const done = TIME_COLUMNS.filter((column) => times[column] !== null);
  const isShipped = times.time_logistic_service !== null;
  const word =
    done.length === TIME_COLUMNS.length ? 'shipped' : `${done.length} of ${TIME_COLUMNS.length} steps`;
  return state(isShipped ? 'completed' : 'running', word);
}

/** Where the Orders service does not answer. */
export function ordersAway({ code, message }: CallFailed, starting: Starting): Html {
  if (code === 'no-instance')
    return notice(
      'attention',
      html`<p><b>The Orders service is not running.</b> Start it, with all that orders need, by</p>
${toStart(['orders', 'choreography'], starting)}`,
    );
  return notice(
    'attention',
    html`<p><b>The Orders service does not answer,</b> so its orders can’t be shown now. This page looks again by itself.</p><p class="soft">${message}</p>`,
  );
}

/** What an order waits for that nobody runs. */
export function missingFor(
  { discovery, starting }: Pick<DashboardOptions, 'discovery' | 'starting'>,
  order: OrderReply | null,
  times: OrderTimes | null,
): Html | null {
  const all = discovery.all();
  // a coordinator that has just begun does not know yet who is alive
  if (all.length === 0) return null;
  const needed =
    order?.state === 'CREATED'
      ? [...CHECKS.map(({ service }) => service), 'validation-aggregator']
      : order?.state === 'FAILED'
        ? []
        : TIME_COLUMNS.filter((column) => times?.[column] == null).map((column) => STEPS[column].service);
  const missing = needed.filter((name) => !all.some(({ service }) => service === name));
  if (missing.length === 0) return null;
  const are = missing.length === 1 ? 'is not running' : 'are not running';
  return notice(
    'attention',
    html`<p><b>${missing.join(', ')} ${are}.</b> The order waits, and goes on once there is one. Start with</p>
${toStart(missing, { starting })}`,
  );
}
