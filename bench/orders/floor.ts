// The floors: the same records through the same client with no logic, and an HTTP server with nothing to look up.
import { orderTopics, type Transport } from '../../core/mod.ts';
import { until } from '../../test/support/until.ts';
import { Running } from '../deploy/running.ts';
import { concurrently } from './concurrently.ts';

const VALUE_LENGTH = 280;
const AT_ONCE = 2_000;

/** What the floor publishes and reads. */
export interface FloorOptions {
  readonly orders: number;
  /** Records that one order causes, over all topics, as they were counted. */
  readonly recordsAnOrder: number;
  readonly partitions: number;
}

/** Orders a second if their records were only published and read again. */
export async function recordsFloor(
  transport: Transport,
  { orders, recordsAnOrder, partitions }: FloorOptions,
): Promise<number> {
  const topic = orderTopics.payments;
  const ends = await transport.endOffsets(topic);
  const reader = await transport.read({ topics: [topic], from: (_, partition) => ends[partition] ?? 0 });
  const count = Math.round(orders * recordsAnOrder);
  const value = JSON.stringify({ filler: 'x'.repeat(VALUE_LENGTH) });
  const started = performance.now();
  const publish = async (): Promise<void> => {
    for (let at = 0; at < count; at += AT_ONCE) {
      const length = Math.min(AT_ONCE, count - at);
      await transport.publish(
        Array.from({ length }, (_, index) => ({
          topic,
          partition: (at + index) % partitions,
          key: `f-${at + index}`,
          value,
        })),
      );
    }
  };
  const read = async (): Promise<void> => {
    let seen = 0;
    while (seen < count) seen += (await reader.poll({ maxRecords: 10_000, waitMs: 100 })).length;
  };
  await Promise.all([publish(), read()]);
  const seconds = (performance.now() - started) / 1000;
  await reader.close();
  return orders / seconds;
}

/** GETs a second, so many at once, over these URLs. */
export async function getsPerSecond(urls: readonly string[], count: number, atOnce: number): Promise<number> {
  const started = performance.now();
  await concurrently(count, atOnce, async (at) => {
    const response = await fetch(urls[at % urls.length] ?? '');
    const text = await response.text();
    if (response.status !== 200)
      throw new Error(`${urls[at % urls.length]} answered ${response.status}: ${text}`);
  });
  return (count * 1000) / (performance.now() - started);
}

/** A process that answers every GET with this body: what HTTP alone costs. */
export async function withPlainServer<T>(body: string, work: (url: string) => Promise<T>): Promise<T> {
  const server = new Running('plain server', ['bench/orders/plain-server.ts'], { BODY: body });
  try {
    await until('the plain server to listen', () => {
      server.assertAlive();
      return server.isUp;
    });
    return await work(server.url ?? '');
  } finally {
    await server.stop();
  }
}
