import { expect, test } from 'bun:test';
import type { IncomingRecord } from '../../../core/mod.ts';
import { Cursor } from '../../../services/platform/transport/kafka/cursors.ts';

const record = (offset: number): IncomingRecord => ({
  topic: 'jobs',
  partition: 0,
  offset,
  key: 'a',
  value: 'b',
  headers: {},
  timestampMs: 0,
});

test('a gap that compaction has left at the end is passed over once two fetches have found nothing before it', () => {
  const cursor = new Cursor('jobs', 0, 5);
  expect([cursor.foundNothing(9), cursor.next]).toEqual([false, 5]);
  expect([cursor.foundNothing(12), cursor.next]).toEqual([true, 9]);
});

test('an end that was seen too late is no gap: what came meanwhile is read', () => {
  const cursor = new Cursor('jobs', 0, 5);
  cursor.foundNothing(6);
  cursor.append([record(5)], 6);
  expect(cursor.take(1).map(({ offset }) => offset)).toEqual([5]);
  expect([cursor.foundNothing(7), cursor.next]).toEqual([false, 6]);
});

test('at the end there is no gap, and after a change of place it is looked for anew', () => {
  const cursor = new Cursor('jobs', 0, 5);
  expect([cursor.foundNothing(5), cursor.foundNothing(5), cursor.next]).toEqual([false, false, 5]);
  cursor.foundNothing(9);
  cursor.seek(2);
  expect([cursor.foundNothing(9), cursor.next]).toEqual([false, 2]);
});
