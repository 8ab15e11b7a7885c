import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test';
import { createLogger } from '../../../services/platform/log.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { NamespacedTransport } from '../../contracts/namespaced.ts';
import { until } from '../../support/until.ts';
import { Peer, shop, withTopic } from './peers.ts';

/** Slower than in memory: a broker and its clients share a machine. */
const timing = { heartbeatMs: 200, timeoutMs: 3_000 };
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

describeWithBroker('the registry of instances on a broker', () => {
  let brokers = '';
  const opened: NamespacedTransport[] = [];
  const peers: Peer[] = [];
  beforeAll(async () => {
    ({ brokers } = await sharedBroker());
  });
  afterEach(async () => {
    await Promise.all(peers.splice(0).map(({ discovery }) => discovery.close()));
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
  });

  /** Makes registries on one log, each with a connection of its own. */
  async function begin(): Promise<(options?: ConstructorParameters<typeof Peer>[1]) => Peer> {
    const prefix = uniqueName('instances');
    const connect = (): NamespacedTransport => {
      const transport = new NamespacedTransport(new KafkaTransport(kafkaSettings(brokers), logger), prefix);
      opened.push(transport);
      return transport;
    };
    await withTopic(connect());
    return (options = {}) => {
      const peer = new Peer(connect(), { ...timing, ...options });
      peers.push(peer);
      return peer;
    };
  }

  test('instances join, change, leave, fall silent, and come back under their id', async () => {
    const make = await begin();
    const [one, other] = [make({ version: '1' }), make()];
    let health = 'disk full';
    one.discovery.announce(shop('a', () => health));
    const b = one.discovery.announce(shop('b'));
    await other.sees('a,b');
    expect((await other.one('a')).health).toBe('disk full');
    health = 'ready';
    await until('the health', () => other.discovery.instances('shop')[0]?.health === 'ready');
    await b.close();
    await other.sees('a');
    one.isCut = true;
    const again = make({ version: '2' });
    again.discovery.announce(shop('a'));
    await until('the new one', () => other.discovery.instances('shop')[0]?.version === '2');
    again.isCut = true;
    await other.sees('');
    again.isCut = false;
    await other.sees('a');
  }, 60_000);

  test('who can not hear itself takes nobody for dead', async () => {
    const make = await begin();
    const [one, other] = [make(), make()];
    one.discovery.announce(shop('a'));
    other.discovery.announce(shop('b'));
    await other.sees('a,b');
    for (const each of [one, other]) each.isCut = true;
    const overAt = performance.now() + 1.5 * timing.timeoutMs;
    await until('more than the time-out', () => performance.now() > overAt);
    expect(other.ids()).toBe('a,b');
    for (const each of [one, other]) each.isCut = false;
    await until('it to recover', () => other.discovery.readiness() === 'running');
    expect(other.ids()).toBe('a,b');
  }, 60_000);
});
