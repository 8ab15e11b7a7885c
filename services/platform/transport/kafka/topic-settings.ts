import type { TopicSpec } from '../../../../core/mod.ts';

/** Our messages have up to 512 Ki characters, which as UTF-8 is more than the brokers' usual limit. */
const MAX_RECORD_BYTES = 2 * 1024 * 1024;

/** A topic's settings as it is created, by their names on a broker. */
export interface TopicSettings extends Readonly<Record<string, string | number>> {
  readonly 'cleanup.policy': 'compact' | 'delete';
}

/** What a topic is created with on a cluster, whatever its number of copies. */
export function topicSettings(spec: TopicSpec): TopicSettings {
  return {
    'cleanup.policy': spec.compacted === true ? 'compact' : 'delete',
    'retention.ms': -1,
    'retention.bytes': -1,
    ...(spec.compactionLagMs === undefined ? {} : { 'min.compaction.lag.ms': spec.compactionLagMs }),
    // only a segment that is closed can be compacted
    ...(spec.compactWithinMs === undefined
      ? {}
      : { 'segment.ms': spec.compactWithinMs, 'max.compaction.lag.ms': spec.compactWithinMs }),
    'max.message.bytes': spec.maxRecordBytes ?? MAX_RECORD_BYTES,
  };
}
