import { type Static, Type } from '@sinclair/typebox';
import { isCivilDate } from './civil-date.ts';
import { CivilDate, type SchemaOf } from './schema.ts';

const PeriodSchema = Type.Object({ from: CivilDate, to: CivilDate });
/** What a bill covers, in days as `YYYY-MM-DD`: `from` is in it, `to` is the day after its last. */
export type Period = Static<typeof PeriodSchema>;
export const Period: SchemaOf<Period> = PeriodSchema;

/** Whether both are days of the calendar, and at least one day lies between them. */
export function isPeriod({ from, to }: Period): boolean {
  return isCivilDate(from) && isCivilDate(to) && from < to;
}

/** Whether a day lies in the period. Days as texts sort as they follow each other. */
export function isWithin({ from, to }: Period, day: string): boolean {
  return from <= day && day < to;
}
