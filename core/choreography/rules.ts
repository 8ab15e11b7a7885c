import { Type } from '@sinclair/typebox';
import type { SchemaOf } from '../billing/schema.ts';
import type { CloudEvent } from './cloud-event.ts';
import { EventPattern, matchesPattern } from './pattern.ts';

/** Events that fit the pattern go to the targets. */
export interface EventRule {
  /** Letters, digits, `-`. */
  readonly name: string;
  readonly pattern: EventPattern;
  /** Services by their names in the catalogue. */
  readonly targets: readonly string[];
}

/** Who reacts to what. This is the one place that says it: the services ask these rules, and know no other. */
export const eventRules: readonly EventRule[] = [
  {
    name: 'each-order-is-worked-on',
    pattern: { source: ['order_service'], type: ['order_created'] },
    targets: ['invoice-service', 'fulfilment-service', 'forecasting-service'],
  },
  {
    name: 'what-is-picked-is-shipped',
    pattern: { source: ['fulfilment_service'], type: ['fulfilment_completed'] },
    targets: ['logistic-service'],
  },
  {
    name: 'orders-hear-how-they-go-on',
    pattern: { type: ['order_created', 'order_shipped'] },
    targets: ['orders-service'],
  },
];

const EventRuleSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }),
    pattern: EventPattern,
    targets: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 20 }),
  },
  { additionalProperties: false },
);
/** A set of rules, as a file or a record has it. */
export const EventRules: SchemaOf<readonly EventRule[]> = Type.Array(EventRuleSchema, {
  minItems: 1,
  maxItems: 100,
}) as unknown as SchemaOf<readonly EventRule[]>;

/** Whether some rule sends the event to this target: it then takes it once, however many do. */
export function isTarget(
  rules: readonly EventRule[],
  target: string,
  event: Pick<CloudEvent, 'source' | 'type' | 'data'>,
): boolean {
  return rules.some(({ pattern, targets }) => targets.includes(target) && matchesPattern(pattern, event));
}
