import type { Transport } from '../../../../core/mod.ts';
import { BackingError } from '../../backing-error.ts';
import type { Logger } from '../../log.ts';
import { KafkaCluster } from '../kafka/cluster.ts';
import type { KafkaSettings } from '../kafka/settings.ts';
import type { ConfluentModule } from './confluent-client.ts';
import { RdTransport } from './transport.ts';

const ON_BUN = 'kafka-crab-js';
const ON_NODE = '@confluentinc/kafka-javascript';

/**
 * The transport with librdkafka: through kafka-crab-js on Bun, through @confluentinc/kafka-javascript on Node. Throws
 * `BackingError` where the package for this runtime can't be loaded, and for properties that librdkafka doesn't take.
 */
export function openLibrdkafka(settings: KafkaSettings, logger: Logger): Promise<Transport> {
  return process.versions.bun === undefined ? openConfluent(settings, logger) : openCrab(settings, logger);
}

async function openConfluent(settings: KafkaSettings, logger: Logger): Promise<Transport> {
  const module = await load(
    // CommonJS: its exports are those of the default
    async () => (await import('@confluentinc/kafka-javascript')) as unknown as { default: ConfluentModule },
    ON_NODE,
    `Node needs the package ${ON_NODE} for KAFKA_CLIENT=librdkafka: npm install ${ON_NODE}@^1.10.1`,
  );
  const { ConfluentClient } = await import('./confluent-client.ts');
  const client = new ConfluentClient(module.default, settings, logger);
  return new RdTransport({ client, cluster: new KafkaCluster(settings, logger), logger });
}

async function openCrab(settings: KafkaSettings, logger: Logger): Promise<Transport> {
  const module = await load(
    () => import('kafka-crab-js'),
    ON_BUN,
    `Bun needs the package ${ON_BUN} for KAFKA_CLIENT=librdkafka: bun add ${ON_BUN}@^5.0.0. (${ON_NODE} can't run on ` +
      'Bun: its native part calls functions of V8 that Bun does not have.)',
  );
  const [{ CrabClient }, { gapFinder }] = await Promise.all([
    import('./crab-client.ts'),
    import('./crab-gaps.ts'),
  ]);
  const cluster = new KafkaCluster(settings, logger);
  const client = new CrabClient(module, settings, logger, cluster);
  return new RdTransport({
    client,
    cluster,
    logger,
    gapFinder: gapFinder(settings, cluster, logger),
  });
}

async function load<T>(imported: () => Promise<T>, name: string, howTo: string): Promise<T> {
  try {
    return await imported();
  } catch (error) {
    const isMissing = (error as { code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND';
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new BackingError(
      isMissing
        ? howTo
        : `the native part of ${name} can't be loaded here (${reason}): install the package again with its install ` +
            'script allowed, or take KAFKA_CLIENT=platformatic, which has no native part',
      { cause: error },
    );
  }
}
