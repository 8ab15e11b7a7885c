import type { Cluster } from '../../broker/index.ts';
import { liveBrokers } from '../../broker/wire.ts';
import { until } from '../../support/until.ts';
import type { Brokers } from '../brokers.ts';
import type { Fault } from '../lanes.ts';

const DOWN_MS = 5_000;
const NOTICED_MS = 15_000;
const IN_SYNC_MS = 120_000;

/** kill -9 of one broker, and the next only once every partition has all its replicas in sync again. */
export function killingBrokers(cluster: Cluster, brokers: Brokers): Fault {
  const addresses = cluster.brokers.split(',');
  const live = (address: string | undefined): Promise<number[]> => liveBrokers(address ?? '').catch(() => []);
  return {
    kind: 'broker',
    restMs: [1_000, 4_000],
    inject: async ({ below }) => {
      if (!(await brokers.isInSync().catch(() => false))) return null;
      const victim = below(addresses.length);
      const witness = addresses[(victim + 1) % addresses.length];
      const before = await live(witness);
      await cluster.kill(victim);
      const refuses = (await live(addresses[victim])).length === 0;
      const downMs = below(DOWN_MS);
      // one of a single broker has no other to tell that it is gone
      const hasLeft = (): Promise<boolean> => live(witness).then((now) => !now.includes(victim));
      const noticed = await until('the others to notice', hasLeft, NOTICED_MS).catch(() => false);
      await Bun.sleep(downMs);
      await cluster.start(victim);
      const isBack = (await live(witness)).includes(victim);
      const inSync = async (): Promise<boolean> => await brokers.isInSync().catch(() => false);
      await until('all replicas to be in sync', inSync, IN_SYNC_MS);
      const isProven = before.includes(victim) && refuses && noticed && isBack;
      return {
        what: `kill -9 of broker ${victim}, started again ${downMs} ms after it was missed`,
        proof: isProven ? 'it was live, refused connections, left the cluster and came back in sync' : null,
      };
    },
  };
}
