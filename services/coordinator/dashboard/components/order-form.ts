// The form that places an order.
import type { HttpProblem } from '../../../platform/http/index.ts';
import { foreign, type Html, html } from '../html.ts';
import { type Form, field } from '../page.ts';
import { notice } from './notice.ts';

/** What the form has: texts, as they were typed. */
export interface OrderValues {
  /** The order's id: the form sent twice is one order. */
  readonly id: string;
  readonly customerId: string;
  readonly product: string;
  readonly quantity: string;
  readonly price: string;
}

/** Of the catalogue. */
export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly unitPrice: string;
}

/** A sample, to be sent as it is. */
export function sampleOrder(customerId: string, products: readonly Product[]): OrderValues {
  const sample = products.find(({ sku }) => sku === 'JUMPERS') ?? products[0];
  return {
    id: crypto.randomUUID(),
    customerId: customerId === '' ? '2' : customerId,
    product: sample?.sku ?? 'JUMPERS',
    quantity: '1',
    price: sample?.unitPrice ?? '75.00',
  };
}

export function orderValues(form: Form): OrderValues {
  const id = field(form, 'id');
  return {
    id: id === '' ? crypto.randomUUID() : id,
    customerId: field(form, 'customerId'),
    product: field(form, 'product'),
    quantity: field(form, 'quantity'),
    price: field(form, 'price'),
  };
}

export function orderForm(
  values: OrderValues,
  products: readonly Product[],
  problem: HttpProblem | null,
): Html {
  const { id, customerId, product, quantity, price } = values;
  const described = problem === null ? null : html` aria-describedby="complaint"`;
  return html`<form class="card start" method="post" action="/ui/orders" data-start-form>
<h2 id="place">Place an order</h2>
${problem === null ? null : html`<div id="complaint">${notice('attention', complaint(problem))}</div>`}
<input type="hidden" name="id" value="${id}">
<div class="field"><label for="customer-id">Customer</label>
<input id="customer-id" name="customerId" value="${customerId}" maxlength="128" autocomplete="off" spellcheck="false"${described}></div>
<div class="field"><label for="product">Product</label>
<input id="product" name="product" value="${product}" maxlength="128" list="products" autocomplete="off" spellcheck="false" required>
<datalist id="products">${products.map((each) => html`<option value="${each.sku}">${foreign(each.name)}, ${each.unitPrice}</option>`)}</datalist></div>
<div class="field pair"><p><label for="quantity">Pieces</label>
<input id="quantity" name="quantity" value="${quantity}" inputmode="numeric" autocomplete="off" required></p>
<p><label for="price">Price of one</label>
<input id="price" name="price" value="${price}" inputmode="decimal" autocomplete="off" required></p></div>
<p class="actions"><button class="primary">Place the order</button></p>
</form>`;
}

const LABELS: Readonly<Record<string, string>> = {
  customerId: 'Customer',
  product: 'Product',
  quantity: 'Pieces',
  price: 'Price of one',
};

/** What is wrong, by the form's own labels. */
function complaint({ detail, errors }: HttpProblem): Html {
  if (errors === null) return html`<p>${detail}</p>`;
  return html`${errors.map(({ path, message }) => html`<p><b>${LABELS[path.slice(1)] ?? path.slice(1)}:</b> ${message}.</p>`)}`;
}
