import type { IncomingRecord } from '../../../../core/mod.ts';
import type { Cursor, RecordTable } from './record-table.ts';

/** A poll stops after so many bytes of keys and values, so that big records don't fill the memory. */
const MAX_POLL_BYTES = 16 * 1024 * 1024;

/**
 * The next records at these cursors, at most `maxRecords`, shared fairly: no partition gets more than its
 * part while others have records left, and those of topics in `last` get what the others leave. `turn` says which cursor
 * comes first, and should differ from call to call.
 */
export function fetchBatch(
  table: RecordTable,
  cursors: readonly Cursor[],
  maxRecords: number,
  turn: number,
  last: readonly string[] = [],
): IncomingRecord[] {
  const ends = table.ends();
  const behind = rotate(cursors, turn).filter((cursor) => endOf(ends, cursor) > cursor.next);
  const waiting = behind.map((cursor) => endOf(ends, cursor) - cursor.next);
  const isLast = behind.map(({ topic }) => last.includes(topic.name));
  const first = fairShares(wantsOf(waiting, isLast, false), maxRecords);
  const left = maxRecords - first.reduce((sum, share) => sum + share, 0);
  const rest = fairShares(wantsOf(waiting, isLast, true), left);
  const batch: IncomingRecord[] = [];
  let bytesLeft = MAX_POLL_BYTES;
  for (const [index, cursor] of behind.entries()) {
    const share = (first[index] ?? 0) + (rest[index] ?? 0);
    if (share === 0 || bytesLeft <= 0) continue;
    const { records, bytes } = table.read(cursor, share, bytesLeft);
    for (const record of records) batch.push(record);
    bytesLeft -= bytes;
    // Nothing left up to the end, as compaction leaves it: step over the gap, or it would be looked at for ever.
    if (records.length === 0) cursor.next = endOf(ends, cursor);
  }
  return batch;
}

const wantsOf = (waiting: readonly number[], isLast: readonly boolean[], last: boolean): number[] =>
  waiting.map((count, index) => (isLast[index] === last ? count : 0));

function endOf(ends: ReadonlyMap<number, readonly number[]>, cursor: Cursor): number {
  return ends.get(cursor.topic.id)?.[cursor.partition] ?? 0;
}

function rotate(cursors: readonly Cursor[], turn: number): readonly Cursor[] {
  const start = cursors.length === 0 ? 0 : turn % cursors.length;
  return start === 0 ? cursors : [...cursors.slice(start), ...cursors.slice(0, start)];
}

/** Divides `total` among wants: equal parts, and what one does not need goes to the others. */
export function fairShares(wants: readonly number[], total: number): number[] {
  const shares = wants.map(() => 0);
  const order = wants.map((_, index) => index).sort((one, other) => (wants[one] ?? 0) - (wants[other] ?? 0));
  let left = total;
  for (const [rank, index] of order.entries()) {
    const part = Math.ceil(left / (order.length - rank));
    const share = Math.min(wants[index] ?? 0, part, left);
    shares[index] = share;
    left -= share;
  }
  return shares;
}
