import { describe, expect, test } from 'bun:test';
import { describeWithBroker } from '../../broker/index.ts';
import { onEmbedded, onKafka } from '../orders/support.ts';
import { choreographySuite } from './suite.ts';
import { ChoreographyBench, request } from './support.ts';

describe('the choreography on the embedded log', () => choreographySuite(onEmbedded));
describeWithBroker('the choreography on Kafka', () => choreographySuite(onKafka));

test('the events go to the bus that EVENTBUS_NAME names', async () => {
  const bench = await ChoreographyBench.make(onEmbedded, { EVENTBUS_NAME: 'shop-events' });
  try {
    const orders = await bench.startAll();
    await request(orders, 'POST', '/order', { id: '1' });
    const path = '/order/1?timeout=60000&until=time_logistic_service';
    expect((await request(orders, 'GET', path)).status).toBe(200);
    expect((await bench.values('shop-events', '1')).length).toBe(3);
    await expect(bench.values('events', '1')).rejects.toThrow();
  } finally {
    await bench.close();
  }
}, 120_000);
