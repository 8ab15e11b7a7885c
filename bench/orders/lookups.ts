// Lookups in the view: at the instance that has the key, and at one that has not and asks the one that has.
import type { OrdersDeployment } from './deployment.ts';
import { getsPerSecond, withPlainServer } from './floor.ts';
import { freshOrder, post } from './flow.ts';

const ORDERS = 200;
const IN_FLIGHT = 32;

export interface Lookups {
  /** GETs a second of an order that the asked instance has. */
  readonly local: number;
  /** GETs a second of an order that another instance has. */
  readonly routed: number;
  /** GETs a second of the same bytes from a server with nothing to look up. */
  readonly floor: number;
}

/** Needs two instances or more. */
export async function measureLookups({ urls }: OrdersDeployment, count: number): Promise<Lookups> {
  const local: string[] = [];
  const routed: string[] = [];
  let body = '';
  for (let at = 0; at < ORDERS; at++) {
    const order = freshOrder();
    await post(urls[0] ?? '', order.body);
    for (const url of urls) {
      const address = `${url}/v1/orders/${order.id}`;
      const response = await fetch(address);
      body = await response.text();
      (response.headers.get('requite-served-by') === url ? local : routed).push(address);
    }
  }
  return {
    local: await getsPerSecond(local, count, IN_FLIGHT),
    routed: await getsPerSecond(routed, count, IN_FLIGHT),
    floor: await withPlainServer(body, (url) => getsPerSecond([url], count, IN_FLIGHT)),
  };
}
