import { expect } from 'bun:test';
import { TIME_COLUMNS } from '../../core/mod.ts';
import type { AnyOrderLab } from './any-order-lab.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };
/** Customers of the CRM's samples, and a product of the inventory's. */
const CUSTOMERS = ['1', '2', '3'];
const PRODUCT = 'JUMPERS';
/** Checks that an order fails whose validators come up before the warehouse has said what it has. */
const OF_THE_WAREHOUSE = ['INVENTORY_CHECK', 'ORDER_DETAILS_CHECK'];

interface OrderReply {
  readonly state: string;
  readonly shipment?: { readonly trackingNumber: string };
  readonly failures: readonly { readonly checkType: string; readonly reasons: readonly string[] }[];
}

/** What is asked of the services that are there: a billing run, an order, and an order of the choreography alone. */
export class Work {
  readonly #lab: AnyOrderLab;
  readonly #name: string;
  readonly #asksBills: boolean;
  readonly #asksOrders: boolean;

  constructor(lab: AnyOrderLab, name: string, running: readonly string[]) {
    this.#lab = lab;
    this.#name = name;
    this.#asksBills = running.includes('coordinator');
    this.#asksOrders = running.includes('orders-service');
  }

  /** Asks; each is taken durably, whoever is there to do it. */
  async ask(): Promise<void> {
    const { order, dispatched, run } = this.#ids;
    if (this.#asksBills)
      await this.#post('COORDINATOR_PORT', '/', { runId: run, customerIdentifiers: CUSTOMERS }, 202);
    if (!this.#asksOrders) return;
    const line = { product: PRODUCT, quantity: 1, price: '75.00' };
    await this.#post('ORDERS_PORT', '/v1/orders', { id: order, customerId: '2', ...line }, 201);
    const lines = [{ sku: PRODUCT, quantity: 1, price: '75.00' }];
    await this.#post('ORDERS_PORT', '/order', { id: dispatched, lines }, 201);
  }

  /** Waits until all that was asked for has come to its end. */
  async expectDone(): Promise<void> {
    const { order, dispatched, run } = this.#ids;
    if (this.#asksBills) {
      const path = `/runs/${run}?wait=1s`;
      await this.#until<{ ended: boolean }>('COORDINATOR_PORT', path, ({ ended }) => ended);
      for (const customer of CUSTOMERS) {
        const job = await this.#get<{ status: string }>('COORDINATOR_PORT', `/jobs/${run}_${customer}`);
        expect([customer, job?.status]).toEqual([customer, 'completed']);
      }
    }
    if (!this.#asksOrders) return;
    const ended = await this.#until<OrderReply>(
      'ORDERS_PORT',
      `/v1/orders/${order}/shipped?timeout=1000`,
      () => true,
    );
    // shipped; or failed, since the log has no order between topics, for want of stock that was not yet known
    for (const { checkType, reasons } of ended.failures) {
      expect(OF_THE_WAREHOUSE).toContain(checkType);
      expect(reasons.length).toBeGreaterThan(0);
    }
    await this.#until<Record<string, string | null>>(
      'ORDERS_PORT',
      `/order/${dispatched}?timeout=1000`,
      (row) => TIME_COLUMNS.every((column) => row[column] !== null),
    );
  }

  /** With the stock known, its order is shipped. */
  async expectShipped(): Promise<void> {
    const order = await this.#get<OrderReply>('ORDERS_PORT', `/v1/orders/${this.#ids.order}`);
    expect(order).toMatchObject({ state: 'SHIPPED', failures: [] });
    expect(order?.shipment?.trackingNumber).toMatch(/^RQ\d{18}$/);
  }

  get #ids() {
    return { order: `${this.#name}-o`, dispatched: `${this.#name}-d`, run: `${this.#name}-r` };
  }

  /** Posts until it is taken: an instance that is not ready yet says so, and sending again does no harm (invariant 9). */
  #post(port: Parameters<AnyOrderLab['url']>[0], path: string, body: unknown, status: number): Promise<void> {
    let last = '';
    return this.#lab.until(
      () => `POST ${path} to be taken; it said ${last}`,
      async () => {
        const init = { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(body) };
        const response = await this.#fetch(port, path, init);
        if (response === null) return false;
        last = `${response.status} ${await response.text()}`;
        if (response.status !== 503)
          expect([path, last]).toEqual([path, expect.stringMatching(new RegExp(`^${status} `))]);
        return response.status === status;
      },
    );
  }

  async #until<T>(
    port: Parameters<AnyOrderLab['url']>[0],
    path: string,
    isDone: (reply: T) => boolean,
  ): Promise<T> {
    let found: T | null = null;
    await this.#lab.until(
      () => `GET ${path}; it said ${JSON.stringify(found)}`,
      async () => {
        found = await this.#get<T>(port, path);
        return found !== null && isDone(found);
      },
    );
    return found as unknown as T;
  }

  /** Null where it is not there yet. */
  async #get<T>(port: Parameters<AnyOrderLab['url']>[0], path: string): Promise<T | null> {
    const response = await this.#fetch(port, path);
    return response?.ok === true ? ((await response.json()) as T) : null;
  }

  /** Null where the service does not listen yet: its process is live before it is. */
  #fetch(
    port: Parameters<AnyOrderLab['url']>[0],
    path: string,
    init: RequestInit = {},
  ): Promise<Response | null> {
    return fetch(`${this.#lab.url(port)}${path}`, init).catch(() => null);
  }
}
