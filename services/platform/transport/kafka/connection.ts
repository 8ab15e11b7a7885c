import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { BaseOptions } from '@platformatic/kafka';
import { BackingError } from '../../backing-error.ts';
import type { KafkaSettings, TlsSettings } from './settings.ts';

export const RETRIES = 3;
export const RETRY_DELAY_MS = 100;
const MAX_CONNECT_MS = 3_000;
export const METADATA_MAX_AGE_MS = 30_000;

/** What every client of the cluster is made with. Throws `BackingError` for a TLS file that can't be read. */
export function connectionOptions(settings: KafkaSettings): BaseOptions {
  const { brokers, clientId, requestTimeoutMs, tls, sasl } = settings;
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: Math.min(MAX_CONNECT_MS, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    timeout: requestTimeoutMs,
    retries: RETRIES,
    retryDelay: RETRY_DELAY_MS,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    autocreateTopics: false,
    ...(tls === null ? {} : { tls: tlsOptions(tls), tlsServerName: brokers.every(hasName) }),
    ...(sasl === null ? {} : { sasl: { ...sasl } }),
  };
}

/** Whether it is named: TLS tells a broker the name it is called by, and takes no address for one. */
function hasName(broker: string): boolean {
  return isIP(broker.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) === 0;
}

function tlsOptions({ ca, cert, key }: TlsSettings): NonNullable<BaseOptions['tls']> {
  return {
    ...(ca === undefined ? {} : { ca: read(ca, 'KAFKA_TLS_CA') }),
    ...(cert === undefined ? {} : { cert: read(cert, 'KAFKA_TLS_CERT') }),
    ...(key === undefined ? {} : { key: read(key, 'KAFKA_TLS_KEY') }),
  };
}

function read(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BackingError(`${setting}: ${file} can't be read`, { cause: error });
  }
}
