import { readersOf } from '../../services/platform/topics/lag.ts';
import { openLogAdmin } from '../../services/platform/topics/open.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';

/**
 * What groups have still to deal with, as `group topic: count`; empty: the run has come to rest, since what a record
 * causes is published before the record is committed. `readers` must be there, as `group topic`.
 */
export async function unread(
  log: { readonly brokers: string | undefined; readonly dataDir: string },
  readers: readonly string[] = [],
): Promise<readonly string[]> {
  const kafka = log.brokers === undefined ? null : kafkaSettings(log.brokers);
  const admin = await openLogAdmin({ kafka, dataDir: log.dataDir });
  try {
    // groups first: what they commit meanwhile would lie beyond the end that was seen before
    const groups = await admin.groups();
    const standing = await admin.topics();
    const lags = standing.flatMap((topic) =>
      readersOf(topic, groups).map(({ group, lag }) => [`${group} ${topic.name}`, lag] as const),
    );
    const known = new Set<string>(lags.map(([reader]) => reader));
    return [
      ...readers.filter((reader) => !known.has(reader)),
      ...lags.flatMap(([reader, lag]) => (lag > 0 ? [`${reader}: ${lag}`] : [])),
    ];
  } finally {
    await admin.close();
  }
}
