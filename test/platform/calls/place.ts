/** A log that several processes use: embedded in a directory, or on a broker under names of its own. */
import type { Transport } from '../../../core/mod.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { openEmbedded } from '../../../services/platform/transport/embedded/open.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { NamespacedTransport } from '../../contracts/namespaced.ts';

export type Place = { readonly directory: string } | { readonly brokers: string; readonly prefix: string };

interface OpenPlace {
  readonly transport: Transport;
  close(): Promise<void>;
}

export function openPlace(place: Place): OpenPlace {
  if ('directory' in place) return openEmbedded(place.directory);
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  const kafka = new KafkaTransport(kafkaSettings(place.brokers), logger);
  const transport = new NamespacedTransport(kafka, place.prefix);
  return { transport, close: () => transport.close() };
}
