import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { type IncomingRecord, type OutgoingRecord, partitionFor } from '../../../core/mod.ts';

/** A service's name, which may be `view:<name>`, and an instance-id, as people can read them. */
const Name = Type.String({ pattern: '^[\\w.:-]{1,200}$' });
const Moment = Type.String({ maxLength: 40 });
const Address = Type.Union([Type.String({ maxLength: 2_000 }), Type.Null()]);

const Said = Type.Object({
  service: Name,
  instanceId: Name,
  url: Address,
  startedAt: Moment,
  health: Type.String({ maxLength: 1_000 }),
  data: Type.Record(Type.String(), Type.Unknown()),
});

export const BeatSchema = Type.Object({
  process: Name,
  version: Type.String({ maxLength: 100 }),
  operationsUrl: Address,
  /** What its machine, or its container, knows it by; older versions don't say. */
  pid: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Counts up from 1. */
  beat: Type.Integer({ minimum: 1 }),
  instances: Type.Array(Said, { maxItems: 1_000 }),
});

/** What a process says of itself on the topic of instances, and of all that runs in it. */
export type Beat = Static<typeof BeatSchema>;

/** A heartbeat, or a leave where `beat` is null. */
export interface Heard {
  readonly process: string;
  readonly beat: Beat | null;
}

export function isName(name: string): boolean {
  return Value.Check(Name, name);
}

/** The record that says that this process lives. */
export function beatRecord(topic: string, partitions: number, beat: Beat): OutgoingRecord {
  return { ...keyed(topic, partitions, beat.process), value: JSON.stringify(beat) };
}

/** The record that says that a process is gone: a tombstone. */
export function leaveRecord(topic: string, partitions: number, process: string): OutgoingRecord {
  return { ...keyed(topic, partitions, process), value: null };
}

/** What a record of the topic says; null where it can't be understood. */
export function hear({ key, value }: IncomingRecord): Heard | null {
  if (typeof key !== 'string' || !isName(key)) return null;
  if (value === null) return { process: key, beat: null };
  const beat = typeof value === 'string' ? parse(value) : null;
  return beat === null || beat.process !== key ? null : { process: key, beat };
}

/** Whether requests can be sent to paths under this address. */
export function isBaseUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, search, hash } = new URL(url);
  return (protocol === 'http:' || protocol === 'https:') && search === '' && hash === '';
}

const keyed = (topic: string, partitions: number, process: string): Omit<OutgoingRecord, 'value'> => ({
  topic,
  partition: partitionFor(process, partitions),
  key: process,
});

function parse(text: string): Beat | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // whatever it is, it is no heartbeat of ours
    return null;
  }
  if (!Value.Check(BeatSchema, value)) return null;
  const isReachable = (url: string | null): boolean => url === null || isBaseUrl(url);
  return isReachable(value.operationsUrl) && value.instances.every(({ url }) => isReachable(url))
    ? value
    : null;
}
