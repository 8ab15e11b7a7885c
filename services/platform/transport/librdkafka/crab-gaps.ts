import type { Position } from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import type { KafkaCluster } from '../kafka/cluster.ts';
import { KafkaReader } from '../kafka/reader.ts';
import type { KafkaSettings } from '../kafka/settings.ts';
import { placeKey } from '../place.ts';
import type { GapFinder } from './gaps.ts';

const WAIT_MS = 500;
const MAX_RECORDS = 10_000;

/** Finds gaps by reading on with @platformatic/kafka, which tells of them. */
export function gapFinder(settings: KafkaSettings, cluster: KafkaCluster, logger: Logger): GapFinder {
  return { find: (positions) => find(positions, settings, cluster, logger) };
}

async function find(
  positions: readonly Position[],
  settings: KafkaSettings,
  cluster: KafkaCluster,
  logger: Logger,
): Promise<readonly Position[]> {
  const ends = new Map<string, readonly number[]>();
  for (const topic of new Set(positions.map((each) => each.topic)))
    ends.set(topic, await cluster.endOffsets(topic));
  const behind = positions.filter(
    ({ topic, partition, offset }) => offset < (ends.get(topic)?.[partition] ?? 0),
  );
  if (behind.length === 0) return [];
  const topics = [...new Set(behind.map(({ topic }) => topic))];
  const counts = new Map(topics.map((topic) => [topic, ends.get(topic)?.length ?? 0]));
  const starts = new Map(behind.map((position) => [placeKey(position), position.offset]));
  const from = (topic: string, partition: number): number =>
    starts.get(placeKey({ topic, partition })) ?? ends.get(topic)?.[partition] ?? 0;
  const reader = new KafkaReader(settings, logger, { topics, from }, counts, () => {});
  try {
    const records = await reader.poll({ maxRecords: MAX_RECORDS, waitMs: WAIT_MS });
    const full = new Set(records.map(placeKey));
    return behind
      .filter((position) => !full.has(placeKey(position)))
      .map(({ topic, partition }) => ({ topic, partition, offset: reader.position(topic, partition) }));
  } finally {
    await reader.close();
  }
}
