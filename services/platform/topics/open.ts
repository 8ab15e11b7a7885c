import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TransportError } from '../../../core/mod.ts';
import type { KafkaSettings } from '../transport/kafka/settings.ts';
import type { TopicAdmin } from './port.ts';

/** Which log: the cluster or, where that is null, the embedded log of the data directory. */
export interface LogAdminSettings {
  readonly kafka: KafkaSettings | null;
  readonly dataDir: string;
}

/**
 * Opens the log that services with these settings use. Makes nothing: throws `TransportError` ('unavailable') where
 * there is no embedded log. A cluster is asked for the first time when something is asked of it.
 */
export async function openLogAdmin({ kafka, dataDir }: LogAdminSettings): Promise<TopicAdmin> {
  if (kafka !== null) {
    const { KafkaLogAdmin } = await import('../transport/kafka/admin.ts');
    return new KafkaLogAdmin(kafka);
  }
  if (!existsSync(join(dataDir, 'requite.db'))) {
    const message =
      `There is no log in ${dataDir}: set DATA_DIR to where the services keep theirs, or BROKERS to their cluster. ` +
      'The services make it when they start, and so does bun run topics create.';
    throw new TransportError('unavailable', message, { canRetry: false });
  }
  const { EmbeddedLogAdmin } = await import('../transport/embedded/admin.ts');
  return new EmbeddedLogAdmin(dataDir);
}

/** The log in a few words, for people. */
export function describeLog({ kafka, dataDir }: LogAdminSettings): string {
  return kafka === null ? `the embedded log in ${dataDir}` : `Kafka at ${kafka.brokers.join(', ')}`;
}

/** What went wrong with the log, and with which: that matters where BROKERS comes from a file that somebody else wrote. */
export function logTrouble(settings: LogAdminSettings, { message }: Error): string {
  return settings.kafka === null ? message : `${describeLog(settings)}: ${message.replace(/^Kafka: /, '')}`;
}

/** The exit code of a command that the log stopped: 3 where it can't be reached, 1 where it refuses. */
export function troubleCode({ code }: TransportError): 1 | 3 {
  return code === 'unavailable' ? 3 : 1;
}
