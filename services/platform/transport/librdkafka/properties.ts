import { BackingError } from '../../backing-error.ts';
import type { KafkaSettings } from '../kafka/settings.ts';

/** librdkafka's properties, by their names there. */
export type Properties = Readonly<Record<string, string | number | boolean>>;

/** A record may take so many bytes with its key; topics have limits of their own, mostly lower. */
export const MAX_RECORD_BYTES = 8 * 1024 * 1024;
const HEARTBEATS_A_SESSION = 10;
/** A member that doesn't poll for so long is taken for stuck. */
const MAX_POLL_INTERVAL_MS = 60_000;
const ATTEMPTS = 3;

/** What our guarantees rest on is not for settings to change. */
const OURS: readonly string[] = [
  'acks',
  'request.required.acks',
  'enable.idempotence',
  'transactional.id',
  'group.id',
  'group.protocol',
  'group.remote.assignor',
  'partition.assignment.strategy',
  'enable.auto.commit',
  'enable.auto.offset.store',
  'enable.partition.eof',
  'auto.offset.reset',
  'isolation.level',
];

/** For every client. Throws `BackingError` for a property that we set ourselves. */
export function commonProperties(settings: KafkaSettings): Properties {
  const { brokers, clientId, tls, sasl, requestTimeoutMs, properties } = settings;
  const taken = Object.keys(properties).filter((name) => OURS.includes(name));
  if (taken.length > 0) {
    throw new BackingError(
      `librdkafka's ${taken.join(', ')} can't be set: what Requite promises of records rests on its own choice`,
    );
  }
  return {
    'bootstrap.servers': brokers.join(','),
    'client.id': clientId,
    'security.protocol': `${sasl === null ? '' : 'sasl_'}${tls === null ? 'plaintext' : 'ssl'}`,
    ...(tls?.ca === undefined ? {} : { 'ssl.ca.location': tls.ca }),
    ...(tls?.cert === undefined ? {} : { 'ssl.certificate.location': tls.cert }),
    ...(tls?.key === undefined ? {} : { 'ssl.key.location': tls.key }),
    ...(sasl === null
      ? {}
      : {
          'sasl.mechanisms': sasl.mechanism,
          'sasl.username': sasl.username,
          'sasl.password': sasl.password,
        }),
    'socket.timeout.ms': requestTimeoutMs,
    'socket.connection.setup.timeout.ms': Math.max(1_000, requestTimeoutMs),
    'reconnect.backoff.ms': 50,
    'reconnect.backoff.max.ms': 1_000,
    'retry.backoff.ms': 50,
    'allow.auto.create.topics': false,
    'log.connection.close': false,
    'message.max.bytes': MAX_RECORD_BYTES + 1024 * 1024,
    ...properties,
  };
}

export function producerProperties(settings: KafkaSettings): Properties {
  return {
    'linger.ms': 1,
    'queue.buffering.max.kbytes': 65_536,
    'delivery.timeout.ms': ATTEMPTS * settings.requestTimeoutMs,
    'request.timeout.ms': settings.requestTimeoutMs,
    ...commonProperties(settings),
    acks: 'all',
    'enable.idempotence': true,
  };
}

/** `group` is null for a reader, which has to name one and never joins it. */
export function consumerProperties(settings: KafkaSettings, group: string | null): Properties {
  const { sessionTimeoutMs } = settings;
  return {
    'session.timeout.ms': sessionTimeoutMs,
    'heartbeat.interval.ms': Math.max(
      100,
      Math.min(1_000, Math.floor(sessionTimeoutMs / HEARTBEATS_A_SESSION)),
    ),
    'max.poll.interval.ms': Math.max(sessionTimeoutMs, MAX_POLL_INTERVAL_MS),
    // so much is fetched ahead, whatever waits on the broker (invariant 7)
    'queued.min.messages': 10_000,
    'queued.max.messages.kbytes': 32_768,
    // a partition that is begun with or gone back to waits for the fetch that is under way
    'fetch.wait.max.ms': 100,
    'fetch.error.backoff.ms': 50,
    'fetch.queue.backoff.ms': 20,
    ...commonProperties(settings),
    'group.id': group ?? `${settings.clientId}-reader`,
    'partition.assignment.strategy': 'range',
    'enable.auto.commit': false,
    'enable.auto.offset.store': false,
    'auto.offset.reset': 'earliest',
    'isolation.level': 'read_committed',
  };
}
