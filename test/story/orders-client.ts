import type { PostedOrder } from './orders-traffic.ts';

/** How long a client waits before it sends again, in milliseconds. */
const AGAIN_MS = 100;
const REQUEST_MS = 15_000;
/** So often it sends the same order before it takes the matter up. */
const ATTEMPTS = 200;

export interface Posting {
  /** Base addresses of the instances; each order goes to one of them, and to the next where that fails. */
  readonly urls: readonly string[];
  readonly inFlight: number;
  /** Told after each that was taken. */
  readonly onPosted?: () => void;
}

/** Posts them all, each until it is taken; gives how many were sent more than once. Throws where one is refused. */
export async function postOrders(orders: readonly PostedOrder[], posting: Posting): Promise<number> {
  const rest = orders.entries();
  let repeated = 0;
  const client = async (): Promise<void> => {
    for (const [at, order] of rest) {
      if ((await post(order, at, posting.urls)) > 1) repeated++;
      posting.onPosted?.();
    }
  };
  await Promise.all(Array.from({ length: posting.inFlight }, client));
  return repeated;
}

/** One order, by the id that makes sending it again harmless (invariant 9); gives how often it was sent. */
async function post(order: PostedOrder, at: number, urls: readonly string[]): Promise<number> {
  let last = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const url = urls[(at + attempt) % urls.length] ?? '';
    try {
      const response = await fetch(`${url}/v1/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      const body = await response.text();
      if (response.status === 201) return attempt;
      last = `${response.status} ${body}`;
      if (response.status < 500) break;
    } catch (error) {
      // the instance was killed, or is not up again: the next one may take it
      last = String(error);
    }
    await Bun.sleep(AGAIN_MS);
  }
  throw new Error(`order ${order.id} was not taken: ${last}`);
}
