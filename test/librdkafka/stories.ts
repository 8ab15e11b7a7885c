/** What a client of librdkafka must live through, each over brokers of its own. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { SASL_MECHANISMS } from '../../services/platform/transport/kafka/settings.ts';
import { type Cluster, describeWithCluster, startCluster } from '../broker/index.ts';
import { tell } from './story.ts';

const LIMIT_MS = 110_000;

export function storiesOver(client: string, runtime: string, within?: string): void {
  const run = { runtime, within };

  describeWithCluster(
    `${client} and a broker that goes away, behind a proxy that speaks what Redpanda speaks`,
    () => {
      test(
        'says so within bounded time and without a storm of logs, and goes on by itself when it is back',
        async () => {
          const cluster = await startCluster({ redpandaOnly: true });
          const please = async (what: string): Promise<void> =>
            what === 'kill' ? cluster.kill(0) : cluster.start(0);
          expect(await tell({ ...run, name: 'outage', input: cluster.brokers, please })).toBeNull();
          expect(cluster.refused).toEqual([]);
          await cluster.close();
        },
        LIMIT_MS,
      );
    },
  );

  describeWithCluster(`${client} behind TLS and SASL`, () => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await startCluster({ secure: true });
    });
    afterAll(() => cluster.close());
    const attempt = (topic: string, isLetIn: boolean, given: object): Promise<string | null> =>
      tell({ ...run, name: 'secure', input: { brokers: cluster.brokers, topic, isLetIn, given } });

    for (const mechanism of SASL_MECHANISMS) {
      test(`is let in with ${mechanism}`, async () => {
        const { caFile = '', username = '', password = '' } = cluster.secure ?? {};
        const given = { tls: { ca: caFile }, sasl: { mechanism, username, password } };
        expect(await attempt(mechanism, true, given)).toBeNull();
      });
    }

    test('is not let in with a wrong password, nor where it trusts nobody', async () => {
      const { caFile = '', username = '', password = '' } = cluster.secure ?? {};
      const sasl = { mechanism: 'SCRAM-SHA-256', username, password };
      const wrong = { tls: { ca: caFile }, sasl: { ...sasl, password: 'wrong' } };
      expect(await attempt('wrong-password', false, wrong)).toBeNull();
      expect(await attempt('no-trust', false, { tls: {}, sasl })).toBeNull();
    });
  });
}
