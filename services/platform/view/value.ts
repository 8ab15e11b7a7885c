import type { TSchema } from '@sinclair/typebox';
import { decode, type Payload } from '../../../core/mod.ts';

/** A record's value, for a view's fold. Throws for what does not fit the schema: the view then leaves out that record alone. */
export function recordValue<T>(value: Payload, schema: TSchema): T {
  const decoded = decode<T>(value, schema);
  if (!decoded.ok) throw new Error(`${decoded.reason}: ${decoded.detail}`);
  return decoded.value;
}
