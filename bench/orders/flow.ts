// Orders from POST to VALIDATED: how many a second, and how long a waiting read waits.
import { orderTopics, type Reader } from '../../core/mod.ts';
import { arrivalTimes } from '../measure/arrivals.ts';
import { BenchFailure } from '../measure/failure.ts';
import { type Times, timesOf } from '../measure/statistics.ts';
import { concurrently } from './concurrently.ts';
import { type OrdersDeployment, PRODUCT } from './deployment.ts';

const IN_FLIGHT = 64;
const LIMIT_MS = 60_000;

let orders = 0;

/** An order that passes: each of a customer of its own, so that no session gets too dear. */
export function freshOrder(): { readonly id: string; readonly body: string } {
  const id = `o-${++orders}`;
  return {
    id,
    body: JSON.stringify({ id, customerId: `c-${orders}`, product: PRODUCT, quantity: 1, price: '1.00' }),
  };
}

export async function post(url: string, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/orders`, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.status !== 201)
    throw new BenchFailure(`POST answered ${response.status}: ${text.slice(0, 500)}`);
}

/** Orders a second, from the first POST to the last VALIDATED on the log; posts go round the instances. */
export async function ordersPerSecond(
  deployment: OrdersDeployment,
  count: number,
  tick: (part: number) => void,
): Promise<number> {
  const { transport } = deployment.backing;
  const ends = await transport.endOffsets(orderTopics.orders);
  const reader = await transport.read({
    topics: [orderTopics.orders],
    from: (_, partition) => ends[partition] ?? 0,
  });
  try {
    const { urls } = deployment;
    const started = performance.now();
    const posting = concurrently(count, IN_FLIGHT, (at) =>
      post(urls[at % urls.length] ?? '', freshOrder().body),
    );
    await validated(reader, deployment, count, tick);
    const seconds = (performance.now() - started) / 1000;
    await posting;
    return count / seconds;
  } finally {
    await reader.close();
  }
}

async function validated(
  reader: Reader,
  deployment: OrdersDeployment,
  count: number,
  tick: (part: number) => void,
): Promise<void> {
  const done = new Set<unknown>();
  let newsAt = performance.now();
  while (done.size < count) {
    deployment.assertAlive();
    const records = await reader.poll({ maxRecords: 10_000, waitMs: 100 });
    for (const { key, value } of records) {
      const text = String(value);
      if (text.includes('"state":"FAILED"')) throw new BenchFailure(`an order failed: ${text.slice(0, 500)}`);
      if (text.includes('"state":"VALIDATED"')) done.add(key);
    }
    if (records.length > 0) newsAt = performance.now();
    else if (performance.now() - newsAt > LIMIT_MS)
      throw new BenchFailure(
        `${count - done.size} of ${count} orders have no end: nothing came for ${LIMIT_MS / 1000} s`,
      );
    tick(done.size);
  }
}

/** Times in milliseconds: of the POST to its 201, and of GET …/validated right after it, at the next instance. */
export async function waitingReads(
  { urls }: OrdersDeployment,
  { rate, seconds, seed }: { rate: number; seconds: number; seed: number },
): Promise<{ readonly post: Times; readonly get: Times }> {
  const arrivals = arrivalTimes(rate * seconds, rate, seed);
  const started = performance.now();
  const times = await Promise.all(
    arrivals.map(async (dueMs, at) => {
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, started + dueMs - performance.now())));
      const { id, body } = freshOrder();
      // from when it was due, so that a slow sender hides nothing
      const from = started + dueMs;
      await post(urls[at % urls.length] ?? '', body);
      const posted = performance.now();
      const response = await fetch(
        `${urls[(at + 1) % urls.length]}/v1/orders/${id}/validated?timeout=${LIMIT_MS}`,
      );
      if (response.status !== 200)
        throw new BenchFailure(`GET answered ${response.status}: ${await response.text()}`);
      await response.text();
      return { post: posted - from, get: performance.now() - posted };
    }),
  );
  return { post: timesOf(times.map((each) => each.post)), get: timesOf(times.map((each) => each.get)) };
}
