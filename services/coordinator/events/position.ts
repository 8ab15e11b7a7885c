// Where a reader of events stands, as the `id` of an event says it: made of what was told and of the log alone, so that
// any coordinator can go on from there.
import { HttpProblem } from '../../platform/http/index.ts';

/** What a reader was told last, and the next offset of each partition of `workflow-events` that it has not been told of. */
export interface ReadPosition {
  readonly told: string;
  readonly offsets: readonly number[];
}

const OFFSET = '[0-9a-z]{1,11}';
const FORM = new RegExp(`^([0-9a-z._]{0,1000})-(${OFFSET}(?:\\.${OFFSET}){0,4095})$`);
const RADIX = 36;

/** The position as an event's id. */
export function positionText({ told, offsets }: ReadPosition): string {
  return `${told}-${offsetsText(offsets)}`;
}

export function offsetsText(offsets: readonly number[]): string {
  return offsets.map((offset) => offset.toString(RADIX)).join('.');
}

/** Reads `Last-Event-ID`; null where there is none. Throws a 400 for what is no id of ours. */
export function readPosition(text: string | null, partitions: number): ReadPosition | null {
  if (text === null || text === '') return null;
  const [, told, offsets] = FORM.exec(text) ?? [];
  const read = offsets?.split('.').map((offset) => Number.parseInt(offset, RADIX)) ?? [];
  if (told !== undefined && read.length === partitions && read.every(Number.isSafeInteger))
    return { told, offsets: read };
  const detail =
    'Last-Event-ID takes the id of an event that was read from this path: send that, or leave it out to begin anew.';
  throw new HttpProblem({ status: 400, code: 'invalid-event-id', detail });
}

/** Whether these offsets are at least those. */
export function reached(offsets: readonly number[], wanted: readonly number[]): boolean {
  return wanted.every((offset, partition) => (offsets[partition] ?? 0) >= offset);
}

/** A short name for a text: the same in every process. */
export function digestOf(text: string): string {
  return Bun.hash(text).toString(RADIX).slice(-9);
}
