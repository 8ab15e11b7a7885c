import type { TSchema } from '@sinclair/typebox';
import {
  canonicalJson,
  type Headers,
  type Json,
  type Transport,
  TransportError,
  topics,
} from '../../../core/mod.ts';
import { type Book, shownBy } from './book.ts';
import type { NumberedChange } from './changes.ts';
import { ConfigurationError } from './configuration-error.ts';
import { fits, revived, whyNot } from './kinds.ts';
import { isSecretName, nearest } from './names.ts';
import type { Pin } from './pins.ts';
import { changeRecord, type PublishedSchema, type SettingChange } from './records.ts';

/** How long the log may take to give back what was written, in milliseconds. */
const CATCH_UP_MS = 10_000;
/** Writers of the same setting overtake each other rarely, and never for long. */
const SETTLE_ROUNDS = 20;

/** What a change is made with. */
export interface Desk {
  readonly transport: Transport;
  readonly book: Book;
  /** What the environments of live instances pin. */
  readonly pins: (service: string) => Promise<readonly Pin[]>;
}

export interface ChangeRequest {
  readonly service: string;
  readonly key: string;
  /** Null unsets it. */
  readonly to: Json;
  readonly by: string;
  readonly why?: string | undefined;
  /** The number of the change that it must follow, 0 for none: refused where another came. */
  readonly ifChange?: number | undefined;
  /** Of the records: the trace of what caused them. */
  readonly headers?: Headers | undefined;
}

export interface ChangeOutcome {
  /** Unchanged: it was so already, and nothing was written. */
  readonly kind: 'changed' | 'unchanged';
  /** The last change of the setting; null where it was never changed. */
  readonly change: NumberedChange | null;
}

/**
 * Changes a setting: durable, shown on `configuration` and in the desk's book when it resolves. Throws
 * `ConfigurationError` for what is refused, and `TransportError`; then it may be sent again.
 */
export async function changeSetting(desk: Desk, request: ChangeRequest): Promise<ChangeOutcome> {
  const { transport, book } = desk;
  const { service, key, to, by, why, ifChange, headers = {} } = request;
  await catchUp(book);
  check(book, request, await desk.pins(service));
  const before = book.history(service, key).changes.at(-1) ?? null;
  const from = before === null ? (book.setting(service, key)?.value ?? null) : before.to;
  if (ifChange !== undefined && ifChange !== numberOf(book, service, key)) throw stale(book, request);
  if (canonicalJson(from) === canonicalJson(to)) {
    await settle(desk, service, key, headers);
    return { kind: 'unchanged', change: before };
  }
  const change: SettingChange = {
    id: crypto.randomUUID(),
    service,
    key,
    from,
    to,
    by,
    at: new Date().toISOString(),
    ...(why === undefined ? {} : { why }),
    ...(ifChange === undefined ? {} : { ifChange }),
  };
  const partitions = (await transport.endOffsets(topics.configurationChanges)).length;
  await transport.publish([{ ...changeRecord(change, partitions), headers }]);
  await catchUp(book);
  const { changes, refused } = book.history(service, key);
  if (refused.includes(change.id)) throw stale(book, request);
  await settle(desk, service, key, headers);
  return { kind: 'changed', change: changes.find(({ id }) => id === change.id) ?? null };
}

/**
 * Makes `configuration` show the last change of a setting. Several may do so at once: the last one to write looks again,
 * so that in the end it is the last change that stands there.
 */
export async function settle(
  { transport, book }: Omit<Desk, 'pins'>,
  service: string,
  key: string,
  headers: Headers = {},
): Promise<void> {
  for (let round = 0; round < SETTLE_ROUNDS; round++) {
    const open = book.unsettled().find((each) => each.service === service && each.key === key);
    if (open === undefined) return;
    const partitions = (await transport.endOffsets(topics.configuration)).length;
    await transport.publish([{ ...shownBy(open, partitions), headers }]);
    await catchUp(book);
  }
  throw new TransportError('unavailable', 'Others change this setting all the time: look, and set it again.');
}

/** The number of a setting's last change; 0 where there is none. */
export function numberOf(book: Book, service: string, key: string): number {
  const last = book.history(service, key).changes.at(-1);
  return last?.number ?? book.setting(service, key)?.change ?? 0;
}

async function catchUp(book: Book): Promise<void> {
  if (await book.caughtUp(CATCH_UP_MS)) return;
  throw new TransportError('unavailable', 'The configuration on the log is not all read yet.');
}

function check(book: Book, { service, key, to }: ChangeRequest, pins: readonly Pin[]): void {
  // what a service no longer has can still be taken away
  if (to === null && book.setting(service, key) !== null && schemaOf(book, service, key) === null) return;
  const schema = settingSchema(book, service, key);
  const pin = pins.find((each) => each.key === key);
  if (pin !== undefined)
    throw new ConfigurationError(
      'pinned',
      `The environment pins ${key} of ${service}: ${pin.variable} is set in the environment of ${pin.where}. Change it there, or unset it there first.`,
    );
  if (to === null || fits(schema, to)) return;
  throw new ConfigurationError('bad-value', `That can't be ${key} of ${service}: ${whyNot(schema, to)}.`);
}

function schemaOf(book: Book, service: string, key: string): TSchema | null {
  const settings = book.schema(service)?.settings ?? {};
  return Object.hasOwn(settings, key) ? revived(settings[key]) : null;
}

/** What a service can be told. Throws `ConfigurationError` with the nearest name where there is none. */
export function publishedSchema(book: Book, service: string): PublishedSchema {
  const published = book.schema(service);
  if (published !== null) return published;
  const names = book.services().map((each) => each.service);
  const hint = names.length === 0 ? 'None has started on this log yet.' : meant(service, names);
  throw new ConfigurationError('unknown-service', `There is no service "${service}" with settings. ${hint}`);
}

/** The schema of a setting. Throws `ConfigurationError` with the nearest name where there is none. */
export function settingSchema(book: Book, service: string, key: string): TSchema {
  const { settings } = publishedSchema(book, service);
  const schema = schemaOf(book, service, key);
  if (schema !== null) return schema;
  const secret = isSecretName(key) ? ' Secrets are never kept here: they come from the environment.' : '';
  throw new ConfigurationError(
    'unknown-key',
    `${service} has no setting "${key}". ${meant(key, Object.keys(settings))}${secret}`,
  );
}

function meant(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === null ? `There are: ${[...names].sort().join(', ')}.` : `Do you mean ${near}?`;
}

function stale(book: Book, { service, key, ifChange }: ChangeRequest): ConfigurationError {
  const last = book.history(service, key).changes.at(-1);
  const by = last === undefined ? '' : ` by ${last.by} at ${last.at}`;
  return new ConfigurationError(
    'stale',
    `${key} of ${service} was changed meanwhile: its last change is ${numberOf(book, service, key)}${by}, not ${ifChange}. Look at it and decide again.`,
  );
}
