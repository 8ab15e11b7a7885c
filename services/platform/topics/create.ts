import { type Transport, TransportError } from '../../../core/mod.ts';
import { type JobStoreKind, openBacking } from '../backing.ts';
import { prepareTopics } from '../host/prepare.ts';
import { createLogger } from '../log.ts';
import { endsOf } from '../read-to-end.ts';
import type { LogAdminSettings } from './open.ts';
import { jobTopicSpecs, ourTopicSpecs } from './ours.ts';
import { within } from './patience.ts';
import { plural } from './table.ts';

export interface CreateSettings extends LogAdminSettings {
  /** Null: those of the topics that are there, or the default. */
  readonly partitions: number | null;
  /** With 'kafka', the topics that keep the jobs of our services are created too. */
  readonly jobStore?: JobStoreKind | undefined;
}

export interface MadeTopic {
  readonly topic: string;
  /** It was not there before. */
  readonly created: boolean;
  readonly partitions: number;
}

/**
 * Creates all topics of ours where they are missing, whatever TOPICS_AUTOCREATE says, and returns them all. Throws
 * `TransportError`: 'topic-mismatch' where their partition counts differ, 'unavailable' after so many milliseconds
 * without an answer.
 */
export async function createTopics(settings: CreateSettings, waitMs: number): Promise<readonly MadeTopic[]> {
  // what we say of it is the result: its log lines would stand in between
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const kafka =
    settings.kafka === null ? null : { ...settings.kafka, client: 'platformatic' as const, autocreate: true };
  // no jobs are touched here: no database is asked for, and no file made, but the log's own
  const jobStore = kafka === null ? 'embedded' : 'memory';
  const backing = await openBacking({ dataDir: settings.dataDir, kafka, jobStore }, logger);
  const { transport } = backing;
  const specs = [...ourTopicSpecs(1), ...(settings.jobStore === 'kafka' ? jobTopicSpecs(1) : [])];
  const names = specs.map(({ name }) => name);
  try {
    const before = await within(waitMs, () => present(transport, names));
    let waitingFor: string | null = null;
    const prepared = prepareTopics({
      transport,
      partitions: settings.partitions,
      others: specs,
      logger,
      onWaiting: (reason) => {
        waitingFor = reason;
      },
    });
    const partitions = await within(waitMs, () => prepared).catch((error: unknown) => {
      // it waits for ever by itself, and knows better what for
      throw waitingFor === null ? error : new TransportError('unavailable', waitingFor, { cause: error });
    });
    return names.map((topic) => ({ topic, created: !before.has(topic), partitions }));
  } finally {
    await backing.close();
  }
}

/** What was made, a line for each topic. */
export function showMade(made: readonly MadeTopic[]): string {
  const width = Math.max(0, ...made.map(({ topic }) => topic.length));
  return made
    .map(({ topic, created, partitions }) => {
      const how = created ? 'created' : 'there already';
      return `${topic.padEnd(width)}  ${how}, ${plural(partitions, 'partition')}`;
    })
    .join('\n');
}

async function present(transport: Transport, names: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    names.map(async (name) => ((await endsOf(transport, name)) === null ? [] : [name])),
  );
  return new Set(found.flat());
}
