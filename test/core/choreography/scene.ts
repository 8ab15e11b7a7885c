import { type CloudEvent, cloudEventOf } from '../../../core/choreography/cloud-event.ts';
import { eventSources, eventTypes } from '../../../core/choreography/event-types.ts';
import type { Choreography } from '../../../core/choreography/reaction.ts';
import { eventRules } from '../../../core/choreography/rules.ts';
import type { Json } from '../../../core/messages/json.ts';
import type { IncomingRecord, OutgoingRecord } from '../../../core/messages/record.ts';
import { topics } from '../../../core/messages/topics.ts';
import { incoming } from '../view/fold-batch-support.ts';

export const BUS = 'events';
export const choreography: Choreography = { bus: BUS, rules: eventRules };
/** 2026-12-01T12:00:00.000Z */
export const NOON_MS = 1_796_126_400_000;
export const NOON = '2026-12-01T12:00:00.000Z';

export const orderCreated = (
  orderId: string,
  data: Readonly<Record<string, Json>> = {},
  time: string = NOON,
): CloudEvent => ({
  id: `order_created/${orderId}`,
  source: eventSources.orderService,
  type: eventTypes.orderCreated,
  subject: orderId,
  time,
  data: { orderId, ...data },
});

export function onBus(event: CloudEvent, timestampMs = NOON_MS): IncomingRecord {
  const { topic, key, value, headers = {} } = cloudEventOf(BUS, event.subject ?? '', event);
  return incoming(topic, key, value, { headers, timestampMs });
}

/** What was published, as those who read it get it. */
export function asRead(records: readonly OutgoingRecord[], topic: string): IncomingRecord[] {
  return records
    .filter((each) => each.topic === topic)
    .map((each, offset) => ({ headers: {}, ...each, offset, timestampMs: NOON_MS }));
}

/** The values of a topic among what was published. */
export function valuesOf<T>(records: readonly OutgoingRecord[], topic: string): T[] {
  return records.filter((each) => each.topic === topic).map(({ value }) => JSON.parse(String(value)) as T);
}

/** Why records were refused. */
export const refusals = (records: readonly OutgoingRecord[]): (string | undefined)[] =>
  records
    .filter(({ topic }) => topic === topics.deadLetters)
    .map(({ headers }) => headers?.['requite-reason']);
