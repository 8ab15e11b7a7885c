import { type Static, Type } from '@sinclair/typebox';
import { DEFAULT_LIMITS } from '../http/limits.ts';
import { SASL_MECHANISMS } from '../transport/kafka/settings.ts';

const port = (fallback: number, what: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: fallback,
    description: `${what}; 0 takes a free one`,
  });

const address = (what: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^https?://',
      description: `where the ${what} is reached, as http://host:port; unset: found through the registry of live instances`,
    }),
  );

const file = (what: string) =>
  Type.Optional(Type.String({ minLength: 1, description: `${what}, a file in PEM format` }));

/** Every setting: its environment variable, limits, default and meaning. `--help` prints this table. */
export const SettingsSchema = Type.Object({
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
  BILL_NUMBERS: Type.Union([Type.Literal('gapless'), Type.Literal('workflow-id')], {
    default: 'gapless',
    description:
      'gapless: the engine numbers bills 1, 2, 3, … for each issuer and year; workflow-id: a bill has its workflow-id as its number, for who numbers elsewhere',
  }),
  JOB_STORE: Type.Optional(
    Type.Union(
      ['embedded', 'kafka', 'sqlite', 'postgres', 'memory'].map((kind) => Type.Literal(kind)),
      {
        description:
          'where suspended jobs are kept: embedded (with the embedded log, one transaction), kafka (with BROKERS, on the cluster itself, one transaction: engines on any machine), sqlite ($DATA_DIR/jobs.db: engines of one machine), postgres (POSTGRES_URL: engines on any machine) or memory (lost at exit; for trying things out); default embedded; with BROKERS postgres where POSTGRES_URL is set, else kafka (sqlite with KAFKA_CLIENT=librdkafka)',
      },
    ),
  ),
  JOB_STANDBY: Type.Integer({
    default: 1,
    minimum: 0,
    maximum: 10,
    description:
      'with JOB_STORE=kafka, how many other members of a group keep a copy of the jobs of each partition, for quick take-over; 0: none',
  }),
  FSYNC: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description:
      'whether the embedded log and jobs in SQLite are flushed to the disk before they count; off: a crash of a process loses nothing, but a power cut may lose the last moments',
  }),
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
  PRODUCTS_PORT: port(3010, "the Product service's port"),
  INVENTORY_PORT: port(3011, "the Inventory service's port"),
  NOTIFICATIONS_PORT: port(3012, "the Notification service's port"),
  CONFIGURATION_PORT: port(3013, "the Configuration service's port"),
  OPERATIONS_PORT: port(
    0,
    "the process's own port: health, metrics, recent logs and spans of all that runs in it",
  ),
  ADVERTISED_HOST: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^[^/:?#]+$',
      description:
        'the host name by which other processes reach this one; default HOST, or the name of this machine for 0.0.0.0',
    }),
  ),
  COORDINATOR_URL: address('coordinator'),
  CRM_URL: address('CRM'),
  ORDERS_URL: address('Orders service'),
  PRODUCTS_URL: address('Product service'),
  INVENTORY_URL: address('Inventory service'),
  NOTIFICATIONS_URL: address('Notification service'),
  CONFIGURATION_URL: address('Configuration service'),
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
  EVENTBUS_NAME: Type.String({
    default: 'events',
    pattern: '^[A-Za-z0-9._-]{1,200}$',
    description: 'the topic of the choreography: where order_created and what follows it are published',
  }),
  BILLED_ORDERS: Type.Union([Type.Literal('shipped'), Type.Literal('validated')], {
    default: 'shipped',
    description: 'which orders a bill of orders has: those that were shipped, or all that were validated',
  }),
  WEBHOOK_URL: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^https?://',
      description: 'who is told of each placed order by a signed POST; unset: nobody',
    }),
  ),
  WEBHOOK_SECRET: Type.Optional(
    Type.String({ minLength: 16, description: 'what the POSTs to WEBHOOK_URL are signed with' }),
  ),
  TRACING: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'whether traces are recorded; off: what others began is only passed on',
  }),
  TRACE_RATIO: Type.Optional(
    Type.String({
      pattern: '^(0|1|0?\\.\\d{1,6}|1\\.0+)$',
      examples: ['0.01', '0.1', '1'],
      description:
        'which part of the traces that begin here is recorded (default 1 on the embedded log, 0.1 on Kafka); a caller who sends traceparent decides himself',
    }),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^https?://',
      description:
        'where spans and logs are sent, by OTLP over HTTP, as http://localhost:4318; unset: nowhere',
    }),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: Type.Optional(
    Type.String({ minLength: 1, description: 'headers for that, as name=value, separated by commas' }),
  ),
  OIDC_ISSUER: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^https?://',
      description:
        'who signs the bearer tokens, as http://keycloak:8080/realms/requite; unset: no authentication, and only this machine is listened to',
    }),
  ),
  OIDC_AUDIENCE: Type.String({
    default: 'requite',
    minLength: 1,
    description: 'whom the tokens must be meant for',
  }),
  OIDC_CLIENT_ID: Type.Optional(
    Type.String({ minLength: 1, description: 'as whom services call each other, by client credentials' }),
  ),
  OIDC_CLIENT_SECRET: Type.Optional(Type.String({ minLength: 1, description: 'with what' })),
  OIDC_LOGIN_CLIENT_ID: Type.String({
    default: 'requite-people',
    minLength: 1,
    description: 'as which client of the issuer people log in with a browser',
  }),
  OIDC_LOGIN_CLIENT_SECRET: Type.Optional(
    Type.String({ minLength: 1, description: 'with what; unset: it is a public client' }),
  ),
  ALLOW_INSECURE: Type.Union([Type.Literal('0'), Type.Literal('1')], {
    default: '0',
    description:
      '1 lets HOST be open to the network without OIDC_ISSUER, and OIDC_ISSUER be elsewhere without https',
  }),
  REQUEST_RATE: Type.Integer({
    default: DEFAULT_LIMITS.perSecond,
    minimum: 0,
    maximum: 1_000_000,
    description: 'requests a second that each REST takes of one client address; more get 429; 0: any number',
  }),
  REQUESTS_AT_ONCE: Type.Integer({
    default: DEFAULT_LIMITS.atOnce,
    minimum: 1,
    maximum: 20_000,
    description: 'requests of one client address that each REST has under way at once; more get 429',
  }),
  REQUEST_BODY_SECONDS: Type.Integer({
    default: DEFAULT_LIMITS.bodySeconds,
    minimum: 1,
    maximum: 110,
    description: "how long a request's body may take to come, in seconds; what is slower gets 408",
  }),
  TRUSTED_PROXIES: Type.Integer({
    default: DEFAULT_LIMITS.trustedProxies,
    minimum: 0,
    maximum: 10,
    description:
      'how many proxies of yours are in front, whose entries of X-Forwarded-For name the client; 0: the header counts for nothing',
  }),
  HSTS_SECONDS: Type.Integer({
    default: DEFAULT_LIMITS.hstsSeconds,
    minimum: 0,
    maximum: 63_072_000,
    description:
      'behind TLS alone: how long browsers shall use nothing else (Strict-Transport-Security); 0: they are not told',
  }),
  OPEN_JOBS: Type.Integer({
    default: 25_000,
    minimum: 1,
    maximum: 10_000_000,
    description: 'jobs of a partition that may wait for answers at once; beyond it workflow-queue is paused',
  }),
  RUN_WINDOW: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    description: 'workflows of a bill run that may be on workflow-queue before an engine has reported them',
  }),
});

export type Checked = Static<typeof SettingsSchema>;
