import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import { createLogger } from '../../../services/platform/log.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { NamespacedTransport } from '../../contracts/namespaced.ts';
import { until } from '../../support/until.ts';
import { type Instance, keys, Spread, settled } from './spread.ts';

const WAIT_MS = 30_000;
/** Slower than in memory: a broker and three clients share a machine. */
const timing = { heartbeatMs: 200, instanceTimeoutMs: 3_000 };
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

describeWithBroker('a partitioned view on a broker', () => {
  let brokers = '';
  const opened: NamespacedTransport[] = [];
  const spreads: Spread[] = [];
  beforeAll(async () => {
    ({ brokers } = await sharedBroker());
  });
  afterEach(async () => {
    for (const spread of spreads.splice(0)) await spread.close();
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
  });

  /** A log of its own with so many instances, each with its own connection. */
  async function begin(count: number): Promise<{ spread: Spread; instances: Instance[]; more: Start }> {
    const prefix = uniqueName('view');
    const connect = (): NamespacedTransport => {
      const transport = new NamespacedTransport(new KafkaTransport(kafkaSettings(brokers), logger), prefix);
      opened.push(transport);
      return transport;
    };
    const spread = await Spread.make(connect());
    spreads.push(spread);
    const more: Start = (file) =>
      spread.start({ ...timing, log: connect(), ...(file === undefined ? {} : { file }) });
    const instances = await Promise.all(Array.from({ length: count }, () => more()));
    await settled(instances);
    return { spread, instances, more };
  }
  type Start = (file?: string) => Promise<Instance>;

  test('every key is read at every instance, also after one dies with readers waiting on it', async () => {
    const { spread, instances } = await begin(3);
    const all = keys(30);
    await spread.publish(all.map((key) => [key, 'x']));
    for (const instance of instances)
      for (const key of all) expect((await instance.get(key, WAIT_MS)).value).toBe('x');
    const [dead, ...others] = instances;
    const late = all.map((key) => `late-${key}`);
    const waiting = others.flatMap((each) => late.map((key) => each.get(key, WAIT_MS)));
    await until('some of them to wait at the one', () => (dead?.answering ?? 0) > 0);
    await dead?.kill();
    await spread.publish(late.map((key) => [key, 'y']));
    for (const { status, value } of await Promise.all(waiting)) expect([status, value]).toEqual([200, 'y']);
    await settled(others);
    for (const each of others) for (const key of all) expect((await each.get(key, WAIT_MS)).value).toBe('x');
  }, 120_000);

  test('an instance stops, comes back, and reads on from its file while reads go on', async () => {
    const { spread, instances, more } = await begin(2);
    const all = keys(30);
    await spread.publish(all.map((key) => [key, 'x']));
    const [first, second] = instances as [Instance, Instance];
    for (const key of all) await until(key, () => first.value(key) === 'x' && second.value(key) === 'x');
    const { instanceId } = first.view;
    const owned = first.owned();
    await first.stop();
    for (const key of all) expect((await second.get(key, WAIT_MS)).value).toBe('x');
    const again = await more(first.file);
    await settled([again, second]);
    expect([again.view.instanceId, again.owned()]).toEqual([instanceId, owned]);
    expect(Object.values(again.line.lastFrom()).every((from) => from > 0)).toBe(true);
    await spread.publish(all.map((key) => [key, 'y']));
    for (const key of all) {
      await until(key, async () => (await again.get(key, WAIT_MS)).value === 'y');
      await until(key, async () => (await second.get(key, WAIT_MS)).value === 'y');
    }
  }, 120_000);
});
