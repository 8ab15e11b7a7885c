/** How to reach a Kafka (or Redpanda) cluster, and what to expect of it. Whichever client is chosen reads these. */
export interface KafkaSettings {
  /** `host:port` each; any that is up leads to the others. */
  readonly brokers: readonly string[];
  /** `platformatic`: @platformatic/kafka. `librdkafka`: kafka-crab-js on Bun, @confluentinc/kafka-javascript on Node. */
  readonly client: KafkaClient;
  /** The name that the brokers' logs and quotas know us by. */
  readonly clientId: string;
  readonly tls: TlsSettings | null;
  readonly sasl: SaslSettings | null;
  /** A member of a group that is silent for so long loses its partitions, in milliseconds. */
  readonly sessionTimeoutMs: number;
  /** How long one request may take, in milliseconds; a call of ours may take several. */
  readonly requestTimeoutMs: number;
  /** Copies of each partition where we create topics; null: 1 where there is one broker, else 3. */
  readonly replication: number | null;
  /** Whether missing topics are created. */
  readonly autocreate: boolean;
  /** Settings of librdkafka's own, by their names there; refused by the other client. */
  readonly properties: Readonly<Record<string, string>>;
}

type KafkaClient = 'platformatic' | 'librdkafka';

/** Files in PEM format. Without `ca`, the runtime's own authorities are trusted. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

export interface SaslSettings {
  readonly mechanism: (typeof SASL_MECHANISMS)[number];
  readonly username: string;
  readonly password: string;
}

/** The settings for these brokers (`host:port`, separated by commas, where it is one text), with defaults for the rest. */
export function kafkaSettings(
  brokers: string | readonly string[],
  given: Partial<Omit<KafkaSettings, 'brokers'>> = {},
): KafkaSettings {
  return {
    client: 'platformatic',
    clientId: 'requite',
    tls: null,
    sasl: null,
    sessionTimeoutMs: 10_000,
    requestTimeoutMs: 10_000,
    replication: null,
    autocreate: true,
    properties: {},
    ...given,
    brokers: brokerList(brokers),
  };
}

/** Throws RangeError, naming what is no `host:port`. */
function brokerList(brokers: string | readonly string[]): readonly string[] {
  const list = (typeof brokers === 'string' ? brokers.split(',') : brokers).map((each) => each.trim());
  for (const each of list) {
    if (!/^(\[[0-9a-f:]+\]|[^\s:/]+):\d{1,5}$/i.test(each))
      throw new RangeError(`"${each}" is no broker: give host:port, several separated by commas`);
  }
  return list;
}
