// Orders: of a customer, or the latest of all; and a form that places one.
import { TIME_COLUMNS } from '../../../../core/mod.ts';
import { access } from '../../../platform/auth/index.ts';
import { CallFailed } from '../../../platform/calls/index.ts';
import { HttpProblem } from '../../../platform/http/index.ts';
import {
  type OrderValues,
  orderForm,
  orderValues,
  type Product,
  sampleOrder,
} from '../components/order-form.ts';
import { goods, orderState, ordersAway, stepsDone } from '../components/orders.ts';
import { ago } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { type OrderReply, type OrderTimes, place, readLatest, readOrdersOf, unlessAway } from '../orders.ts';
import { type Action, asComplaint, type Page, type Shown, seeOther, type Visit } from '../page.ts';
import { orderPath, ordersPath } from '../paths.ts';

const SHOWN_MAX = 50;
const EVERY_MS = 2_000;

export const ordersPage: Page = {
  path: '/ui/orders',
  access: access('order-reader'),
  query: ['customer'],
  show: (visit) => shown(visit, null, null),
};

export const placeOrder: Action = {
  path: '/ui/orders',
  access: access('order-writer'),
  act: async (visit, form) => {
    const values = orderValues(form);
    const { id, customerId, product, quantity, price } = values;
    try {
      const customer = customerId === '' ? {} : { customerId };
      await place(visit, { id, ...customer, product, quantity, price });
      return seeOther(orderPath(id));
    } catch (error) {
      return await shown(visit, values, complaintOf(error));
    }
  },
};

function complaintOf(error: unknown): HttpProblem {
  if (!(error instanceof CallFailed)) return asComplaint(error);
  const detail = `The order was not confirmed: send the form again, which places it once. ${error.message}`;
  return new HttpProblem({ status: 503, code: 'orders-unavailable', detail });
}

async function shown(visit: Visit, values: OrderValues | null, problem: HttpProblem | null): Promise<Shown> {
  const customer = (visit.query.customer ?? '').trim();
  const [list, products] = await Promise.all([
    customer === '' ? latest(visit) : ofCustomer(visit, customer),
    productsOf(visit),
  ]);
  return {
    title: 'Orders',
    ...(problem === null ? { live: { everyMs: EVERY_MS } } : { status: problem.status }),
    main: html`<div class="title"><h1>Orders</h1></div>
<div class="columns">
<section aria-labelledby="orders-title">
<form class="orders-find" method="get" action="/ui/orders" role="search">
<p><label for="customer">Customer</label><input type="search" id="customer" name="customer" value="${customer}" autocomplete="off" spellcheck="false"></p>
<p><button>Show orders</button>${customer === '' ? null : html` <a href="${ordersPath()}">Of all customers</a>`}</p></form>
<h2 id="orders-title">${customer === '' ? 'On their way, the newest first' : html`Of customer ${foreign(customer)}`}</h2>
<div id="orders" data-live>${list}</div>
</section>
${orderForm(values ?? sampleOrder(customer, products), products, problem)}
</div>`,
  };
}

async function ofCustomer(visit: Visit, customer: string): Promise<Html> {
  const found = await unlessAway(readOrdersOf(visit, customer, SHOWN_MAX));
  if (found instanceof CallFailed) return ordersAway(found, visit);
  if (found === null)
    return html`<p>These orders could not be read in time. This page looks again by itself.</p>`;
  const { value: orders, servedBy } = found;
  if (orders.length === 0)
    return html`<p>This customer has no orders yet: place one with <a href="#place">the form</a>.</p>`;
  return html`<div class="scroll"><table>
<caption class="unseen">Orders of customer ${customer}</caption>
<thead><tr><th scope="col">Order</th><th scope="col">State</th><th scope="col">Placed</th></tr></thead>
<tbody>${orders.map((order) => orderRow(order, visit.now()))}</tbody></table></div>
${orders.length < SHOWN_MAX ? null : html`<p class="soft">The latest ${SHOWN_MAX} of them.</p>`}
<p class="soft">Answered by <code>${servedBy}</code></p>`;
}

function orderRow(order: OrderReply, now: number): Html {
  return html`<tr><th scope="row"><a href="${orderPath(order.id)}">${goods(order)}</a></th><td>${orderState(order)}</td><td><time datetime="${order.createdAt}">${ago(order.createdAt, now)}</time></td></tr>`;
}

async function latest(visit: Visit): Promise<Html> {
  const found = await unlessAway(readLatest(visit, SHOWN_MAX));
  if (found instanceof CallFailed) return ordersAway(found, visit);
  if (found.length === 0)
    return html`<p class="lead">No order is on its way.</p>
<p>Place one with <a href="#place">the form</a>: it is checked by three services, invoiced, picked and shipped, and its page
follows that. Orders come here once they are validated; those that failed are with their customer.</p>`;
  return html`<div class="scroll"><table>
<caption class="unseen">Orders of all customers that were validated</caption>
<thead><tr><th scope="col">Order</th><th scope="col">How far</th><th scope="col">Begun</th></tr></thead>
<tbody>${found.map((times) => timesRow(times, visit.now()))}</tbody></table></div>
${found.length < SHOWN_MAX ? null : html`<p class="soft">The latest ${SHOWN_MAX} of them.</p>`}`;
}

function timesRow(times: OrderTimes, now: number): Html {
  const first = TIME_COLUMNS.flatMap((column) => times[column] ?? []).toSorted()[0];
  return html`<tr><th scope="row"><a href="${orderPath(times.ID)}">${foreign(times.ID)}</a></th><td>${stepsDone(times)}</td><td>${first === undefined ? '–' : html`<time datetime="${first}">${ago(first, now)}</time>`}</td></tr>`;
}

/** What can be ordered; without the Product service it is typed. */
async function productsOf({ calls }: Visit): Promise<readonly Product[]> {
  try {
    const { status, body } = await calls.to('product-service').call('/products?limit=100');
    return status === 200 ? (body as { readonly products: readonly Product[] }).products : [];
  } catch (error) {
    if (error instanceof CallFailed) return [];
    throw error;
  }
}
