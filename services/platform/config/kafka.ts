import { resolve } from 'node:path';
import { type JobStoreKind, jobStoreOf } from '../backing.ts';
import { BackingError } from '../backing-error.ts';
import {
  type KafkaSettings,
  kafkaSettings,
  type SaslSettings,
  type TlsSettings,
} from '../transport/kafka/settings.ts';
import type { Checked } from './schema.ts';
import { SettingsError } from './settings-error.ts';

/** The cluster that the settings name, or null. Throws `SettingsError` for what does not go together. */
export function kafkaOf(checked: Checked): KafkaSettings | null {
  const { BROKERS: brokers, KAFKA_CLIENT: client } = checked;
  if (brokers === undefined) return null;
  const properties = propertiesOf(checked.KAFKA_PROPERTIES);
  if (client !== 'librdkafka' && Object.keys(properties).length > 0)
    throw new SettingsError('KAFKA_PROPERTIES are settings of librdkafka: set KAFKA_CLIENT=librdkafka too');
  try {
    return kafkaSettings(brokers, {
      client,
      clientId: checked.KAFKA_CLIENT_ID,
      tls: tlsOf(checked),
      sasl: saslOf(checked),
      sessionTimeoutMs: checked.KAFKA_SESSION_TIMEOUT_MS,
      requestTimeoutMs: checked.KAFKA_REQUEST_TIMEOUT_MS,
      replication: checked.REPLICATION ?? null,
      autocreate: checked.TOPICS_AUTOCREATE === 'true',
      properties,
    });
  } catch (error) {
    if (error instanceof RangeError) throw new SettingsError(`BROKERS: ${error.message}`, { cause: error });
    throw error;
  }
}

function tlsOf({
  KAFKA_TLS,
  KAFKA_TLS_CA: ca,
  KAFKA_TLS_CERT: cert,
  KAFKA_TLS_KEY: key,
}: Checked): TlsSettings | null {
  if ((cert === undefined) !== (key === undefined))
    throw new SettingsError('KAFKA_TLS_CERT and KAFKA_TLS_KEY go together: set both or neither');
  const files = {
    ...(ca === undefined ? {} : { ca: resolve(ca) }),
    ...(cert === undefined || key === undefined ? {} : { cert: resolve(cert), key: resolve(key) }),
  };
  return KAFKA_TLS === 'true' || Object.keys(files).length > 0 ? files : null;
}

function saslOf(checked: Checked): SaslSettings | null {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = checked;
  const password = checked.KAFKA_SASL_PASSWORD;
  if (mechanism === undefined && username === undefined && password === undefined) return null;
  if (mechanism === undefined || username === undefined || password === undefined) {
    throw new SettingsError(
      'KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD go together: set all or none',
    );
  }
  return { mechanism, username, password };
}

function propertiesOf(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  const pairs = text.split(',').map((each) => /^\s*([\w.]+)\s*=\s*(.*?)\s*$/.exec(each)?.slice(1, 3));
  if (pairs.includes(undefined)) {
    throw new SettingsError(
      `KAFKA_PROPERTIES="${text}" can't be used: give name=value, several separated by commas, as in linger.ms=5`,
    );
  }
  return Object.fromEntries(pairs as [string, string][]);
}

/** Where jobs are kept. Throws `SettingsError` for what does not go together. */
export function storeOf(checked: Checked, kafka: KafkaSettings | null): JobStoreKind {
  try {
    return jobStoreOf({
      dataDir: checked.DATA_DIR,
      kafka,
      jobStore: (checked.JOB_STORE as JobStoreKind | undefined) ?? null,
      postgresUrl: checked.POSTGRES_URL ?? null,
    });
  } catch (error) {
    if (error instanceof BackingError)
      throw new SettingsError(`JOB_STORE: ${error.message}`, { cause: error });
    throw error;
  }
}
