import { type Static, type TSchema, Type } from '@sinclair/typebox';
import {
  decode,
  type IncomingRecord,
  type Json,
  type OutgoingRecord,
  partitionFor,
  topics,
} from '../../../core/mod.ts';
import { schemaKey, settingKey } from './names.ts';

const Name = Type.String({ minLength: 1, maxLength: 100 });

/** A setting on `configuration`, keyed by service and key; a tombstone: unset. */
export const CentralSetting = Type.Object({
  service: Name,
  key: Name,
  value: Type.Unknown(),
  by: Type.String({ maxLength: 256 }),
  at: Type.String({ maxLength: 40, description: 'when it was set, ISO 8601' }),
  change: Type.Integer({ minimum: 1, description: 'the number of the change that set it' }),
});
export type CentralSetting = Omit<Static<typeof CentralSetting>, 'value'> & { readonly value: Json };

/** What a service can be told, on `configuration` beside the settings. */
export const PublishedSchema = Type.Object({
  service: Name,
  version: Type.String({ maxLength: 100, description: "of the package that the service's instance runs" }),
  settings: Type.Record(Name, Type.Unknown(), { maxProperties: 200 }),
});
export type PublishedSchema = Omit<Static<typeof PublishedSchema>, 'settings'> & {
  /** The JSON Schema of each setting, by key. */
  readonly settings: Readonly<Record<string, Json>>;
};

/** A change on `configuration-changes`, with the key and on the partition number of its setting. */
export const SettingChange = Type.Object({
  /** Of this change alone: tells a repeat on the log. */
  id: Type.String({ minLength: 1, maxLength: 100 }),
  service: Name,
  key: Name,
  from: Type.Unknown({ description: 'null: it was not set' }),
  to: Type.Unknown({ description: 'null: it is unset' }),
  by: Type.String({ maxLength: 256 }),
  at: Type.String({ maxLength: 40 }),
  why: Type.Optional(Type.String({ maxLength: 1_000 })),
  ifChange: Type.Optional(
    Type.Integer({ minimum: 0, description: 'the change that it counts after, and no other; 0: the first' }),
  ),
});
export type SettingChange = Omit<Static<typeof SettingChange>, 'from' | 'to'> & {
  readonly from: Json;
  readonly to: Json;
};

/** Reads a record's value; null for what is none of this kind. */
function read<T>(record: IncomingRecord, schema: TSchema, keyOf: (value: T) => string): T | null {
  const decoded = decode<T>(record.value, schema);
  return decoded.ok && keyOf(decoded.value) === record.key ? decoded.value : null;
}

const keyOfSetting = ({ service, key }: { readonly service: string; readonly key: string }): string =>
  settingKey(service, key);

export function readSetting(record: IncomingRecord): CentralSetting | null {
  return read<CentralSetting>(record, CentralSetting, keyOfSetting);
}

export function readSchema(record: IncomingRecord): PublishedSchema | null {
  return read<PublishedSchema>(record, PublishedSchema, ({ service }) => schemaKey(service));
}

export function readChange(record: IncomingRecord): SettingChange | null {
  return read<SettingChange>(record, SettingChange, keyOfSetting);
}

export function settingRecord(setting: CentralSetting, partitions: number): OutgoingRecord {
  return recordOf(topics.configuration, keyOfSetting(setting), setting, partitions);
}

export function unsetRecord(service: string, key: string, partitions: number): OutgoingRecord {
  return recordOf(topics.configuration, settingKey(service, key), null, partitions);
}

export function schemaRecord(schema: PublishedSchema, partitions: number): OutgoingRecord {
  return recordOf(topics.configuration, schemaKey(schema.service), schema, partitions);
}

export function changeRecord(change: SettingChange, partitions: number): OutgoingRecord {
  return recordOf(topics.configurationChanges, keyOfSetting(change), change, partitions);
}

function recordOf(topic: string, key: string, value: object | null, partitions: number): OutgoingRecord {
  return {
    topic,
    partition: partitionFor(key, partitions),
    key,
    value: value === null ? null : JSON.stringify(value),
  };
}
