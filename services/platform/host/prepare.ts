import { type TopicSpec, type Transport, TransportError, topicSpecs } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import { endsOf } from '../read-to-end.ts';

const DEFAULT_PARTITIONS = 4;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;

/** A topic that a service brings: a name alone is one with unlimited retention. */
export type OtherTopic = string | Omit<TopicSpec, 'partitions'>;

export interface PrepareOptions {
  readonly transport: Transport;
  /** The partition count that somebody asked for; null takes that of the topics that are there, or 4. */
  readonly partitions: number | null;
  readonly logger: Logger;
  /** Topics beside our own that must have the same partition count: by name, or with the settings to make them with. */
  readonly others?: readonly OtherTopic[];
  /** Told what it waits for, each time that it has tried. */
  readonly onWaiting?: (reason: string) => void;
  /** Ends the waiting: `TransportError` ('closed'). */
  readonly stopping?: AbortSignal | undefined;
}

/**
 * Sees to it that all topics are there, with one partition count, and returns that count. Waits for as long as the
 * log is away. Throws `TransportError` ('topic-mismatch') where the counts differ, since partition p of every topic
 * must hold the same keys.
 */
export async function prepareTopics(options: PrepareOptions): Promise<number> {
  const { logger, onWaiting, stopping } = options;
  let waitMs = 0;
  while (stopping?.aborted !== true) {
    try {
      const partitions = await prepareOnce(options);
      if (waitMs > 0) logger.info({}, 'the log answers');
      return partitions;
    } catch (error) {
      if (!(error instanceof TransportError && error.code === 'unavailable')) throw error;
      // it may come at any time, and nothing can be done without it: said once, then tried again and again
      if (waitMs === 0) logger.warn({ reason: error.message }, 'waiting for the log');
      onWaiting?.(error.message);
      waitMs = Math.min(MAX_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, waitMs * 2));
      await pause(waitMs, stopping);
    }
  }
  throw new TransportError('closed', 'Stopped while waiting for the log.');
}

async function prepareOnce({ transport, partitions: asked, others = [] }: PrepareOptions): Promise<number> {
  const specsFor = (partitions: number): readonly TopicSpec[] => allSpecs(others, partitions);
  const names = specsFor(1).map(({ name }) => name);
  const counts = await Promise.all(
    names.map(async (name) => [name, (await endsOf(transport, name))?.length ?? null] as const),
  );
  const found = counts.filter((each): each is [string, number] => each[1] !== null);
  const [first] = found;
  const other = found.find(([, count]) => count !== first?.[1]);
  if (first !== undefined && other !== undefined) throw unequal(first, other);
  if (first !== undefined && asked !== null && first[1] !== asked) {
    throw new TransportError(
      'topic-mismatch',
      `The topics have ${first[1]} partitions, and ${asked} are asked for: leave PARTITIONS unset to take theirs. ` +
        'The count is fixed once the topics exist.',
    );
  }
  const partitions = first?.[1] ?? asked ?? DEFAULT_PARTITIONS;
  await transport.createTopics(specsFor(partitions));
  return partitions;
}

/** Ours and the others, each once: settings go before a name alone, and ours before any. */
function allSpecs(others: readonly OtherTopic[], partitions: number): readonly TopicSpec[] {
  const named = others.flatMap((other) => (typeof other === 'string' ? [{ name: other, partitions }] : []));
  const settled = others.flatMap((other) => (typeof other === 'string' ? [] : [{ ...other, partitions }]));
  const specs = [...named, ...settled, ...topicSpecs(partitions)];
  return [...new Map(specs.map((spec) => [spec.name, spec])).values()];
}

function unequal([one, count]: [string, number], [another, otherCount]: [string, number]): TransportError {
  return new TransportError(
    'topic-mismatch',
    `Topic ${one} has ${count} partitions and ${another} has ${otherCount}: partition p of each must hold the same ` +
      'keys, so they need one count. Make one of them anew with the count of the other.',
  );
}
