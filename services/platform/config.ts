import { join, resolve } from 'node:path';
import type { TObject } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { JobStoreKind } from './backing.ts';
import { rangeOf } from './config/help.ts';
import { kafkaOf, storeOf } from './config/kafka.ts';
import { requestLimitsOf } from './config/requests.ts';
import { type Checked, SettingsSchema } from './config/schema.ts';
import { SettingsError } from './config/settings-error.ts';
import type { RequestLimits } from './http/limits.ts';
import type { KafkaSettings } from './transport/kafka/settings.ts';

export { logSettingsHelp, settingsHelp } from './config/help.ts';
export { SettingsError } from './config/settings-error.ts';

/** Where spans and logs go. */
export interface TelemetrySettings {
  /** Whether traces are recorded. */
  readonly tracing: boolean;
  /** Which part of the traces that begin here is recorded, 0 to 1. */
  readonly traceRatio: number;
  /** Where spans and logs are sent, by OTLP over HTTP; null: nowhere. */
  readonly otlpEndpoint: string | null;
  readonly otlpHeaders: Readonly<Record<string, string>>;
}

/** Who may ask. */
export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
  /** As whom services call each other; null: they have no token to send. */
  readonly client: { readonly id: string; readonly secret: string } | null;
  /** As whom people log in with a browser; without a secret it is a public client. */
  readonly people: { readonly id: string; readonly secret: string | null };
}

/** Who numbers bills: a series without gaps, or each bill's workflow-id. */
export type BillNumbers = 'gapless' | 'workflow-id';

/** The settings, checked, with paths made absolute. */
export interface Settings {
  /** The cluster; null: the embedded log. */
  readonly kafka: KafkaSettings | null;
  readonly dataDir: string;
  readonly billsDir: string;
  readonly billFiles: boolean;
  readonly billNumbers: BillNumbers;
  readonly jobStore: JobStoreKind;
  readonly postgresUrl: string | null;
  readonly jobStandby: number;
  readonly fsync: boolean;
  readonly acceptLostJobs: boolean;
  readonly coordinatorPort: number;
  readonly crmPort: number;
  readonly ordersPort: number;
  readonly productsPort: number;
  readonly inventoryPort: number;
  readonly notificationsPort: number;
  readonly configurationPort: number;
  /** The process's own port. */
  readonly operationsPort: number;
  /** The host name by which other processes reach this one; null: made of `host`. */
  readonly advertisedHost: string | null;
  /** Where services are reached that are not to be looked up, by their names in the catalogue. */
  readonly addresses: Readonly<Record<string, string>>;
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
  /** How many workflows of a run are published ahead of the engines. */
  readonly runWindow: number;
  /** The topic of the choreography. */
  readonly eventBus: string;
  /** Which orders a bill of orders has. */
  readonly billedOrders: 'shipped' | 'validated';
  /** Who is told of each placed order; null: nobody. */
  readonly webhook: { readonly url: string; readonly secret: string } | null;
  readonly telemetry: TelemetrySettings;
  /** Null: no authentication. */
  readonly oidc: OidcSettings | null;
  readonly allowInsecure: boolean;
  /** What one client may ask of a server of ours. */
  readonly requests: RequestLimits;
  /** The environment's variables that begin with `CONFIG_`: they pin settings of the central configuration. */
  readonly pinned: Readonly<Record<string, string>>;
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
    billNumbers: checked.BILL_NUMBERS,
    jobStore: storeOf(checked, kafka),
    postgresUrl: checked.POSTGRES_URL ?? null,
    jobStandby: checked.JOB_STANDBY,
    fsync: checked.FSYNC === 'on',
    acceptLostJobs: checked.JOB_STORE_LOST === 'accept',
    coordinatorPort: checked.COORDINATOR_PORT,
    crmPort: checked.CRM_PORT,
    ordersPort: checked.ORDERS_PORT,
    productsPort: checked.PRODUCTS_PORT,
    inventoryPort: checked.INVENTORY_PORT,
    notificationsPort: checked.NOTIFICATIONS_PORT,
    configurationPort: checked.CONFIGURATION_PORT,
    operationsPort: checked.OPERATIONS_PORT,
    advertisedHost: checked.ADVERTISED_HOST ?? null,
    addresses: addressesOf(checked),
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
    runWindow: checked.RUN_WINDOW,
    eventBus: checked.EVENTBUS_NAME,
    billedOrders: checked.BILLED_ORDERS,
    webhook: webhookOf(checked),
    telemetry: {
      tracing: checked.TRACING === 'on',
      traceRatio: Number(checked.TRACE_RATIO ?? (kafka === null ? 1 : 0.1)),
      otlpEndpoint: checked.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
      otlpHeaders: headersOf(checked.OTEL_EXPORTER_OTLP_HEADERS),
    },
    oidc: oidcOf(checked),
    allowInsecure: checked.ALLOW_INSECURE === '1',
    requests: requestLimitsOf(checked),
    pinned: pinnedOf(environment),
  };
}

function addressesOf(checked: Checked): Record<string, string> {
  const addresses = {
    coordinator: checked.COORDINATOR_URL,
    crm: checked.CRM_URL,
    'orders-service': checked.ORDERS_URL,
    'product-service': checked.PRODUCTS_URL,
    'inventory-service': checked.INVENTORY_URL,
    'notification-service': checked.NOTIFICATIONS_URL,
    'configuration-service': checked.CONFIGURATION_URL,
  };
  return Object.fromEntries(
    Object.entries(addresses).flatMap(([service, url]) => (url === undefined ? [] : [[service, url]])),
  );
}

function webhookOf({ WEBHOOK_URL: url, WEBHOOK_SECRET: secret }: Checked): Settings['webhook'] {
  if (url === undefined) return null;
  if (secret === undefined)
    throw new SettingsError(
      'WEBHOOK_URL needs WEBHOOK_SECRET, of 16 characters at least: what its POSTs are signed with',
    );
  return { url, secret };
}

function oidcOf(checked: Checked): OidcSettings | null {
  const {
    OIDC_ISSUER: issuer,
    OIDC_AUDIENCE: audience,
    OIDC_CLIENT_ID: id,
    OIDC_CLIENT_SECRET: secret,
    OIDC_LOGIN_CLIENT_ID: loginId,
    OIDC_LOGIN_CLIENT_SECRET: loginSecret = null,
  } = checked;
  if ((id === undefined) !== (secret === undefined))
    throw new SettingsError('OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together: set both or neither');
  if (issuer === undefined) return null;
  const client = id === undefined || secret === undefined ? null : { id, secret };
  return { issuer, audience, client, people: { id: loginId, secret: loginSecret } };
}

function headersOf(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  const pairs = text.split(',').map((each) => /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(each)?.slice(1, 3));
  if (pairs.includes(undefined))
    throw new SettingsError('OTEL_EXPORTER_OTLP_HEADERS: give name=value, several separated by commas');
  return Object.fromEntries(pairs as [string, string][]);
}

function pinnedOf(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    name.startsWith('CONFIG_') && value !== undefined && value.trim() !== '' ? [[name, value.trim()]] : [],
  );
  return Object.fromEntries(entries);
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
