import { type Backing, backingFor, openBacking } from '../../services/platform/backing.ts';
import { createLogger } from '../../services/platform/log.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { NamespacedTransport } from '../contracts/namespaced.ts';

const silent = createLogger({ logLevel: 'silent', logFormat: 'json' });

/** Where a test works: topics, groups and jobs whose names begin with `prefix`, on a broker that others use too. */
export interface NamedPlace {
  readonly dataDir: string;
  readonly brokers: string;
  readonly prefix: string;
}

/** A broker with the jobs on it, as services have it by default, under names of its own. */
export async function openNamedBacking({ dataDir, brokers, prefix }: NamedPlace): Promise<Backing> {
  const kafka = kafkaSettings(brokers, { sessionTimeoutMs: 6_000 });
  const behind = await openBacking({ dataDir, kafka, jobStore: 'kafka' }, silent);
  const forGroup = (group: string): Backing => {
    const own = backingFor(`${prefix}.${group}`, behind);
    const transport = new NamespacedTransport(own.transport, prefix);
    return { ...own, transport, commit: transport.named(own.commit), forGroup };
  };
  return { ...behind, transport: new NamespacedTransport(behind.transport, prefix), forGroup };
}
