import { type OutgoingRecord, parseTraceparent, topics } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';

/**
 * Logs what a unit of work published, once it is durable: dead letters as one warning a batch, with the first of
 * them, and at debug level each record. Identifiers, positions and reasons only, never a payload.
 */
export function logRecords(logger: Logger, records: readonly OutgoingRecord[]): void {
  const letters = records.filter(({ topic }) => topic === topics.deadLetters);
  const [first] = letters;
  if (first !== undefined)
    logger.warn({ count: letters.length, ...letterOf(first) }, 'sent to the dead letters');
  if (!logger.isLevelEnabled('debug')) return;
  for (const record of records) {
    const { topic, partition, key } = record;
    const about = topic === topics.deadLetters ? letterOf(record) : { questionId: questionIdOf(record) };
    logger.debug(
      {
        topic,
        partition,
        workflowId: typeof key === 'string' ? key : undefined,
        ...traceOf(record),
        ...about,
      },
      'published',
    );
  }
}

function letterOf({ key, headers = {} }: OutgoingRecord): Record<string, string | number | undefined> {
  return {
    workflowId: typeof key === 'string' ? key.slice(0, 256) : undefined,
    ...traceOf({ headers }),
    reason: headers['requite-reason'],
    topic: headers['requite-origin-topic'],
    partition: Number(headers['requite-origin-partition']),
    offset: Number(headers['requite-origin-offset']),
  };
}

/** The trace that the record is of. */
function traceOf({ headers }: Pick<OutgoingRecord, 'headers'>): { readonly traceId?: string } {
  const context = parseTraceparent(headers?.traceparent);
  return context === null ? {} : { traceId: context.traceId };
}

function questionIdOf({ topic, value }: OutgoingRecord): string | undefined {
  if (topic !== topics.questions && topic !== topics.answers) return undefined;
  return typeof value === 'string' ? (JSON.parse(value) as { qaIdentifier: string }).qaIdentifier : undefined;
}
