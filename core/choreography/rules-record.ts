import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { SchemaOf } from '../billing/schema.ts';
import { decode } from '../messages/decode.ts';
import type { IncomingRecord } from '../messages/record.ts';
import { type EventRule, EventRules } from './rules.ts';

/** On `event-rules`, keyed by service: the rules that it runs with. Those of another version may be others than `EventRules`. */
const RulesRecordSchema = Type.Object({ service: Type.String({ minLength: 1 }), rules: Type.Unknown() });
export type RulesRecord = Static<typeof RulesRecordSchema>;
export const RulesRecord: SchemaOf<RulesRecord> = RulesRecordSchema;

/** The rules that services run with, by service, as the records of `event-rules` tell; the last of each service counts. */
export function runningRules(records: readonly IncomingRecord[]): ReadonlyMap<string, readonly EventRule[]> {
  const running = new Map<string, readonly EventRule[]>();
  for (const { value } of records) {
    const decoded = decode<RulesRecord>(value, RulesRecord);
    // another version's may have patterns that this one can't read: then it has told nothing
    if (!decoded.ok) continue;
    const { service, rules } = decoded.value;
    if (Value.Check(EventRules, rules)) running.set(service, rules);
    else running.delete(service);
  }
  return running;
}
