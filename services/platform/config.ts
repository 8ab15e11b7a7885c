import { join, resolve } from 'node:path';
import { type Static, type TObject, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { type JobStoreKind, jobStoreOf } from './backing.ts';
import { BackingError } from './backing-error.ts';
import {
  type KafkaSettings,
  kafkaSettings,
  SASL_MECHANISMS,
  type SaslSettings,
  type TlsSettings,
} from './transport/kafka/settings.ts';

const port = (fallback: number, what: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: fallback,
    description: `${what}; 0 takes a free one`,
  });

const file = (what: string) =>
  Type.Optional(Type.String({ minLength: 1, description: `${what}, a file in PEM format` }));

/** Every setting: its environment variable, limits, default and meaning. `--help` prints this table. */
const SettingsSchema = Type.Object({
  BROKERS: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'a Kafka or Redpanda cluster, as host:port, several separated by commas; unset: the embedded log',
    }),
  ),
  DATA_DIR: Type.String({
    default: './data',
    minLength: 1,
    description: 'where the embedded log, the jobs and the views live',
  }),
  BILLS_DIR: Type.Optional(
    Type.String({ minLength: 1, description: 'where bills are written; default $DATA_DIR/bills' }),
  ),
  BILL_FILES: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description:
      'whether the engine writes each bill to a file; off: bills stay on workflow-events, and bun run bills restore writes them',
  }),
  JOB_STORE: Type.Optional(
    Type.Union(
      ['embedded', 'sqlite', 'postgres', 'memory'].map((kind) => Type.Literal(kind)),
      {
        description:
          'where suspended jobs are kept: embedded (with the embedded log, one transaction), sqlite ($DATA_DIR/jobs.db: engines of one machine), postgres (POSTGRES_URL: engines on any machine) or memory (lost at exit; for trying things out); default embedded, with BROKERS postgres where POSTGRES_URL is set, else sqlite',
      },
    ),
  ),
  JOB_STORE_LOST: Type.Union([Type.Literal('refuse'), Type.Literal('accept')], {
    default: 'refuse',
    description:
      'beside a broker, what an engine does with partitions whose waiting jobs are in another store: refuse them, or accept that those jobs are lost',
  }),
  POSTGRES_URL: Type.Optional(
    Type.String({ minLength: 1, description: 'postgres://user:password@host:port/database, for the jobs' }),
  ),
  COORDINATOR_PORT: port(3007, "the coordinator's port"),
  CRM_PORT: port(3008, "the CRM's port"),
  ORDERS_PORT: port(3009, "the Orders service's port"),
  ORDERS_URL: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^https?://',
      description:
        'where other instances reach this Orders service; default http://$HOST:$ORDERS_PORT, with the host name for 0.0.0.0',
    }),
  ),
  STANDBY_REPLICAS: Type.Integer({
    default: 1,
    minimum: 0,
    maximum: 10,
    description: "copies of each part of the orders' view beside its owner's, for quick take-over",
  }),
  SAMPLES: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'whether the sample customers and the sample stock are put in place where there are none',
  }),
  OUTBOX_DIR: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'where mails are written as files; default $DATA_DIR/outbox; unused with SMTP_URL',
    }),
  ),
  SMTP_URL: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^smtps?://',
      description: 'a mail server, as smtp://user:password@host:port; unset: mails are files in OUTBOX_DIR',
    }),
  ),
  MAIL_FROM: Type.String({
    default: 'Requite Shop <shop@requite.example>',
    minLength: 3,
    description: 'whom mails are from',
  }),
  VALIDATION_LIMIT: Type.String({
    default: '5m',
    pattern: '^\\d{1,5}(\\.\\d{1,6})?(ms|s|m|h|d)$',
    examples: ['30s', '5m', '1h'],
    description: "how long an order waits for its validators' results before it fails",
  }),
  HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'the address to listen on; 0.0.0.0 opens the services to the network',
  }),
  PARTITIONS: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1024,
      description:
        'partitions of each topic, fixed once the topics exist; default: those that they have, or 4',
    }),
  ),
  REPLICATION: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 15,
      description: 'copies of each partition, where topics are created; default 1 with one broker, else 3',
    }),
  ),
  TOPICS_AUTOCREATE: Type.Union([Type.Literal('true'), Type.Literal('false')], {
    default: 'true',
    description: 'whether services create missing topics; false leaves that to bun run topics create',
  }),
  KAFKA_CLIENT: Type.Union([Type.Literal('platformatic'), Type.Literal('librdkafka')], {
    default: 'platformatic',
    description: 'the client library; librdkafka is kafka-crab-js on Bun, to be installed beside this',
  }),
  KAFKA_CLIENT_ID: Type.String({
    default: 'requite',
    minLength: 1,
    description: "the name that the brokers' logs and quotas know us by",
  }),
  KAFKA_TLS: Type.Union([Type.Literal('true'), Type.Literal('false')], {
    default: 'false',
    description: 'whether to encrypt; the KAFKA_TLS_ files imply it',
  }),
  KAFKA_TLS_CA: file('the authorities to trust'),
  KAFKA_TLS_CERT: file("the client's certificate"),
  KAFKA_TLS_KEY: file("the client's key"),
  KAFKA_SASL_MECHANISM: Type.Optional(
    Type.Union(
      SASL_MECHANISMS.map((each) => Type.Literal(each)),
      { description: 'how to sign in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512' },
    ),
  ),
  KAFKA_SASL_USERNAME: Type.Optional(Type.String({ minLength: 1, description: 'who signs in' })),
  KAFKA_SASL_PASSWORD: Type.Optional(Type.String({ minLength: 1, description: 'with what' })),
  KAFKA_SESSION_TIMEOUT_MS: Type.Integer({
    default: 10_000,
    minimum: 1_000,
    maximum: 1_800_000,
    description: 'how long a silent member of a group keeps its partitions',
  }),
  KAFKA_REQUEST_TIMEOUT_MS: Type.Integer({
    default: 10_000,
    minimum: 100,
    maximum: 600_000,
    description: 'how long a request to a broker may take',
  }),
  KAFKA_PROPERTIES: Type.Optional(
    Type.String({ minLength: 1, description: "librdkafka's own settings: name=value, separated by commas" }),
  ),
  LOG_LEVEL: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'the least severe level that is logged' },
  ),
  LOG_FORMAT: Type.Union([Type.Literal('pretty'), Type.Literal('json')], {
    description: 'pretty or json; default pretty on a terminal, json elsewhere',
  }),
  OPEN_JOBS: Type.Integer({
    default: 25_000,
    minimum: 1,
    maximum: 10_000_000,
    description: 'jobs of a partition that may wait for answers at once; beyond it workflow-queue is paused',
  }),
});

/** The settings, checked, with paths made absolute. */
export interface Settings {
  /** The cluster; null: the embedded log. */
  readonly kafka: KafkaSettings | null;
  readonly dataDir: string;
  readonly billsDir: string;
  readonly billFiles: boolean;
  readonly jobStore: JobStoreKind;
  readonly postgresUrl: string | null;
  readonly acceptLostJobs: boolean;
  readonly coordinatorPort: number;
  readonly crmPort: number;
  readonly ordersPort: number;
  /** Where other instances reach the Orders service; null: made of host and port. */
  readonly ordersUrl: string | null;
  readonly standbyReplicas: number;
  /** Whether samples are put in place. */
  readonly samples: boolean;
  readonly outboxDir: string;
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  /** How long an order waits for its validators, a duration such as '5m'. */
  readonly validationLimit: string;
  readonly host: string;
  /** Null: those that the topics have. */
  readonly partitions: number | null;
  readonly logLevel: string;
  readonly logFormat: 'pretty' | 'json';
  readonly openJobs: number;
}

/** A setting that can't be used: the message names the variable and says what it takes. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Reads settings from an environment. Throws `SettingsError` naming every variable that is wrong. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  onTerminal: boolean,
): Settings {
  const raw: Record<string, string> = { LOG_FORMAT: onTerminal ? 'pretty' : 'json' };
  for (const name of Object.keys(SettingsSchema.properties)) {
    const value = environment[name];
    if (value !== undefined && value.trim() !== '') raw[name] = value.trim();
  }
  const values = Value.Default(SettingsSchema, withIntegers(raw));
  const wrong = [
    ...new Set([...Value.Errors(SettingsSchema, values)].map(({ path }) => path.split('/')[1] ?? '')),
  ];
  if (wrong.length > 0)
    throw new SettingsError(
      wrong.map((name) => `${name}="${raw[name] ?? ''}" can't be used: ${rangeOf(name)}`).join('\n'),
    );
  const checked = values as Checked;
  const kafka = kafkaOf(checked);
  const dataDir = resolve(checked.DATA_DIR);
  return {
    kafka,
    dataDir,
    billsDir: checked.BILLS_DIR === undefined ? join(dataDir, 'bills') : resolve(checked.BILLS_DIR),
    billFiles: checked.BILL_FILES === 'on',
    jobStore: storeOf(checked, kafka),
    postgresUrl: checked.POSTGRES_URL ?? null,
    acceptLostJobs: checked.JOB_STORE_LOST === 'accept',
    coordinatorPort: checked.COORDINATOR_PORT,
    crmPort: checked.CRM_PORT,
    ordersPort: checked.ORDERS_PORT,
    ordersUrl: checked.ORDERS_URL ?? null,
    standbyReplicas: checked.STANDBY_REPLICAS,
    samples: checked.SAMPLES === 'on',
    outboxDir: checked.OUTBOX_DIR === undefined ? join(dataDir, 'outbox') : resolve(checked.OUTBOX_DIR),
    smtpUrl: checked.SMTP_URL ?? null,
    mailFrom: checked.MAIL_FROM,
    validationLimit: checked.VALIDATION_LIMIT,
    host: checked.HOST,
    partitions: checked.PARTITIONS ?? null,
    logLevel: String(checked.LOG_LEVEL),
    logFormat: checked.LOG_FORMAT,
    openJobs: checked.OPEN_JOBS,
  };
}

type Checked = Static<typeof SettingsSchema>;

/** The cluster that the settings name, or null. Throws `SettingsError` for what does not go together. */
function kafkaOf(checked: Checked): KafkaSettings | null {
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

function storeOf(checked: Checked, kafka: KafkaSettings | null): JobStoreKind {
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

/** Texts of whole numbers as numbers where the schema has an integer; TypeBox's own conversion would cut 3.5 to 3. */
function withIntegers(raw: Readonly<Record<string, string>>): Record<string, unknown> {
  const properties = (SettingsSchema as TObject).properties;
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [
      name,
      properties[name]?.type === 'integer' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    ]),
  );
}

interface Described {
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly { const: string }[];
  readonly examples?: readonly string[];
}

function rangeOf(name: string): string {
  const { minimum, maximum, anyOf, examples } = ((SettingsSchema as TObject).properties[name] ??
    {}) as Described;
  if (anyOf !== undefined) return `give one of ${anyOf.map((one) => one.const).join(', ')}`;
  if (minimum !== undefined) return `give a whole number from ${minimum} to ${maximum}`;
  if (examples !== undefined) return `give something like ${examples.join(', ')}`;
  return 'give a text that is not empty';
}

/** The settings as `--help` prints them. */
export function settingsHelp(): string {
  const rows = Object.entries(SettingsSchema.properties as Record<string, Described>).map(
    ([name, { description, default: fallback }]) => {
      const shown = fallback === undefined ? '' : ` (default ${String(fallback)})`;
      return `  ${name.padEnd(26)}${description ?? ''}${shown}`;
    },
  );
  return ['Settings, from the environment:', ...rows].join('\n');
}
