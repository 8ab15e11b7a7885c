import { type IncomingRecord, type OutgoingRecord, partitionFor } from '../../../core/mod.ts';

/** What an instance says of itself on the topic of instances. */
export interface Heartbeat {
  /** The view that it has a part of. */
  readonly view: string;
  readonly instanceId: string;
  /** Where other instances reach it, such as `http://10.0.0.7:3009`. */
  readonly url: string;
  /** When it was opened, ISO 8601; tells a start of an instance from an earlier one. */
  readonly startedAt: string;
  /** Counts up from 1. */
  readonly beat: number;
  /** The partitions whose copies here have caught up with the log. */
  readonly partitions: readonly number[];
}

/** A heartbeat, or a leave where `heartbeat` is null. */
export interface Heard {
  readonly instanceId: string;
  readonly heartbeat: Heartbeat | null;
}

/** A view's name and an id with only these have a key that can be taken apart, and read by people. */
const NAME = /^[\w.-]{1,200}$/;

export function isViewName(name: string): boolean {
  return NAME.test(name);
}

/** The record that says that this instance lives. */
export function heartbeatRecord(topic: string, partitions: number, heartbeat: Heartbeat): OutgoingRecord {
  const key = keyOf(heartbeat.view, heartbeat.instanceId);
  return { topic, partition: partitionFor(key, partitions), key, value: JSON.stringify(heartbeat) };
}

/** The record that says that this instance has left: a tombstone. */
export function leaveRecord(
  topic: string,
  partitions: number,
  view: string,
  instanceId: string,
): OutgoingRecord {
  const key = keyOf(view, instanceId);
  return { topic, partition: partitionFor(key, partitions), key, value: null };
}

/** What a record of the topic says of this view; null where it is of another view or can't be understood. */
export function hear({ key, value }: IncomingRecord, view: string): Heard | null {
  if (typeof key !== 'string' || !key.startsWith(`${view}/`)) return null;
  const instanceId = key.slice(view.length + 1);
  if (value === null) return { instanceId, heartbeat: null };
  const heartbeat = typeof value === 'string' ? parse(value) : null;
  if (heartbeat === null || heartbeat.view !== view || heartbeat.instanceId !== instanceId) return null;
  return { instanceId, heartbeat };
}

const keyOf = (view: string, instanceId: string): string => `${view}/${instanceId}`;

function parse(text: string): Heartbeat | null {
  let value: Partial<Record<keyof Heartbeat, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    // whatever it is, it is no heartbeat of ours
    return null;
  }
  const { view, instanceId, url, startedAt, beat, partitions = [] } = value ?? {};
  if (typeof view !== 'string' || typeof instanceId !== 'string' || !NAME.test(instanceId)) return null;
  if (typeof url !== 'string' || !isBaseUrl(url)) return null;
  if (typeof startedAt !== 'string' || !Number.isSafeInteger(beat)) return null;
  if (!Array.isArray(partitions) || !partitions.every((each) => Number.isSafeInteger(each))) return null;
  return { view, instanceId, url, startedAt, beat: beat as number, partitions };
}

/** Whether requests can be sent to paths under this address. */
export function isBaseUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, search, hash } = new URL(url);
  return (protocol === 'http:' || protocol === 'https:') && search === '' && hash === '';
}
