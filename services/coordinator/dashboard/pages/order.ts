// One order: how it stands, what was checked, and how far it has come.
import { TIME_COLUMNS } from '../../../../core/mod.ts';
import { access } from '../../../platform/auth/index.ts';
import { CallFailed } from '../../../platform/calls/index.ts';
import { checks, missingFor, orderState, ordersAway, timeline } from '../components/orders.ts';
import { moment } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { type OrderReply, type OrderTimes, type Read, readOrder, readTimes, unlessAway } from '../orders.ts';
import type { Page, Shown, Visit } from '../page.ts';
import { ordersPath } from '../paths.ts';

const EVERY_MS = 1_000;
const crumb = html`<p class="crumb"><a href="${ordersPath()}">Orders</a></p>`;

export const orderPage: Page = {
  path: '/ui/orders/:id',
  access: access('order-reader'),
  show: (visit) => shown(visit),
};

async function shown(visit: Visit): Promise<Shown> {
  const { id = '' } = visit.params;
  const found = await unlessAway(Promise.all([readOrder(visit, id), readTimes(visit, id)]));
  if (found instanceof CallFailed)
    return {
      title: 'An order',
      status: 503,
      live: { everyMs: EVERY_MS * 2 },
      main: html`${crumb}<div class="title"><h1>An order</h1></div><div id="away" data-live>${ordersAway(found, visit)}</div>`,
    };
  const [read, times] = found;
  if (read === null && times === null) return unknown(id);
  return whole(visit, id, read, times);
}

function unknown(id: string): Shown {
  return {
    title: 'No such order',
    status: 404,
    main: html`${crumb}<h1>There is no order of this id</h1>
<p class="lead">${foreign(id)}</p>
<p>If it was placed a moment ago, reload this page.</p>`,
  };
}

function whole(visit: Visit, id: string, read: Read<OrderReply> | null, times: OrderTimes | null): Shown {
  const order = read?.value ?? null;
  const isOver =
    order?.state === 'FAILED' || (times !== null && TIME_COLUMNS.every((column) => times[column] !== null));
  const title = order === null ? `Order ${id}` : `Order of customer ${order.customerId || 'nobody'}`;
  return {
    title,
    // an order without a state of its own is over with its last step
    ...(isOver && order?.state !== 'VALIDATED' ? {} : { live: { everyMs: EVERY_MS } }),
    main: html`${crumb}
<div class="title" id="order-title" data-live><h1>${foreign(title)}</h1>${order === null ? null : orderState(order)}</div>
<div id="facts" data-live>${facts(id, read)}</div>
<div id="missing" data-live>${missingFor(visit, order, times)}</div>
<div class="columns">
<section aria-labelledby="timeline-title"><h2 id="timeline-title">What happened</h2>
<div id="timeline" data-live>${order?.state === 'FAILED' ? failed(order) : timeline(times, order?.createdAt ?? null)}</div></section>
${
  order === null
    ? null
    : html`<div><section class="card" aria-labelledby="checks-title"><h2 id="checks-title">Checks</h2><div id="checks" data-live>${checks(order)}</div></section>
${goodsOf(order)}</div>`
}
</div>`,
  };
}

function facts(id: string, read: Read<OrderReply> | null): Html {
  if (read === null)
    return html`<p class="facts soft"><span>Dispatched with POST /order, without checks</span> <span>Order <code>${id}</code></span></p>`;
  const { value: order, servedBy } = read;
  const tracking = order.shipment?.trackingNumber;
  return html`<p class="facts soft"><span>Placed <time datetime="${order.createdAt}">${moment(order.createdAt)}</time></span>
${order.customerId === '' ? null : html`<span><a href="${ordersPath(order.customerId)}">All orders of this customer</a></span>`}
${tracking === undefined ? null : html`<span>Tracking number <code>${tracking}</code></span>`}
<span>Order <code>${id}</code></span>
<span>Answered by <code>${servedBy}</code></span></p>`;
}

function failed({ failures }: OrderReply): Html {
  const names = failures.map(({ checkType }) =>
    checkType
      .replace(/_CHECK$/, '')
      .replaceAll('_', ' ')
      .toLowerCase(),
  );
  return html`<p>The order failed its check of ${names.join(' and ')}, so nothing was invoiced or shipped. What was reserved for it has
gone back into stock.</p>`;
}

function goodsOf({ lines }: OrderReply): Html {
  return html`<section aria-labelledby="goods-title"><h2 id="goods-title">Goods</h2><div class="scroll"><table>
<thead><tr><th scope="col">Product</th><th scope="col">Pieces</th><th scope="col">Price of one</th></tr></thead>
<tbody>${lines.map(({ product, quantity, price }) => html`<tr><th scope="row">${foreign(product)}</th><td>${quantity}</td><td>${price}</td></tr>`)}</tbody>
</table></div></section>`;
}
