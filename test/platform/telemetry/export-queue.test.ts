import { describe, expect, test } from 'bun:test';
import { Counter, Registry } from 'prom-client';
import { ExportQueue, type Send } from '../../../services/platform/telemetry/export-queue.ts';
import { openTelemetry } from '../../../services/platform/telemetry/index.ts';
import { until } from '../../support/until.ts';
import { keeping } from './support.ts';

interface Bench {
  readonly queue: ExportQueue<number>;
  readonly said: readonly string[];
  counted(): Promise<Readonly<Record<string, number>>>;
}

function bench(send: Send<number>, limit = 1_000): Bench {
  const registry = new Registry();
  const counter = new Counter({ name: 'n', help: 'n', labelNames: ['outcome'], registers: [registry] });
  const { logger, said } = keeping();
  const queue = new ExportQueue<number>({
    what: 'numbers',
    open: async () => send,
    logger,
    counter,
    limit,
    everyMs: 1,
  });
  const counted: Bench['counted'] = async () => {
    const { values } = await counter.get();
    return Object.fromEntries(values.map(({ labels, value }) => [String(labels.outcome), value]));
  };
  return { queue, said, counted };
}

describe('the export queue', () => {
  test('sends what was added, in order, in batches of a bounded size', async () => {
    const batches: number[][] = [];
    const { queue, counted } = bench(async (batch) => void batches.push(batch), 10_000);
    const numbers = Array.from({ length: 2_500 }, (_, at) => at);
    for (const each of numbers) queue.add(each);
    await queue.close();
    expect(batches.flat()).toEqual(numbers);
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(1_024);
    expect(await counted()).toEqual({ exported: 2_500 });
  });

  test('a receiver that is away is said once, what it misses is counted, and it is used again once it is back', async () => {
    let isAway = true;
    const taken: number[] = [];
    const { queue, said, counted } = bench(async (batch) => {
      if (isAway) throw new Error('nobody listens');
      taken.push(...batch);
    });
    for (const each of [1, 2, 3]) {
      queue.add(each);
      await until('the batch to be given up', async () => (await counted()).lost === each);
    }
    expect(said).toEqual(['numbers are not taken by the receiver, and are lost']);
    isAway = false;
    queue.add(4);
    await until('the next to be taken', () => taken.length === 1);
    expect(said).toEqual([said[0] ?? '', 'the receiver of numbers takes them again']);
    await queue.close();
  });

  test('while a receiver hangs, so many wait and no more; adding never waits', async () => {
    const hangs = Promise.withResolvers<void>();
    const { queue, counted } = bench(() => hangs.promise, 10);
    queue.add(0);
    await until('the first to be on its way', async () => {
      // it has left the queue when ten more fit
      for (let at = 0; at < 30; at++) queue.add(at);
      return (await counted()).lost !== undefined;
    });
    expect((await counted()).exported).toBeUndefined();
    hangs.resolve();
    await queue.close();
  });

  test('a port where nobody listens stops nothing: spans are kept and the queue closes', async () => {
    const { logger, said } = keeping();
    const settings = { tracing: true, traceRatio: 1, otlpEndpoint: 'http://127.0.0.1:9', otlpHeaders: {} };
    const telemetry = openTelemetry({ settings, logger });
    await telemetry.span('work', {}, async () => undefined);
    await telemetry.close();
    expect(telemetry.recent()).toHaveLength(1);
    expect(said.length).toBeLessThanOrEqual(1);
  });
});
