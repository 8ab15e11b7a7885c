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

/**
 * Creates all topics of ours where they are missing, whatever TOPICS_AUTOCREATE says, and returns a line for each. Throws
 * `TransportError`: 'topic-mismatch' where their partition counts differ, 'unavailable' after so many milliseconds
 * without an answer.
 */
export async function createTopics(settings: CreateSettings, waitMs: number): Promise<string> {
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
    const width = Math.max(...names.map((name) => name.length));
    return names
      .map((name) => {
        const how = before.has(name) ? 'there already' : 'created';
        return `${name.padEnd(width)}  ${how}, ${plural(partitions, 'partition')}`;
      })
      .join('\n');
  } finally {
    await backing.close();
  }
}

async function present(transport: Transport, names: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    names.map(async (name) => ((await endsOf(transport, name)) === null ? [] : [name])),
  );
  return new Set(found.flat());
}
