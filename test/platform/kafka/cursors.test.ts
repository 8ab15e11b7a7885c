import { expect, test } from 'bun:test';
import type { IncomingRecord } from '../../../core/mod.ts';
import { Cursor, Turns } from '../../../services/platform/transport/kafka/cursors.ts';

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

/** One that has so many records ahead. */
function ahead(topic: string, partition: number, count: number): Cursor {
  const cursor = new Cursor(topic, partition, 0);
  const records = Array.from({ length: count }, (_, offset) => ({ ...record(offset), topic, partition }));
  cursor.append(records, count);
  return cursor;
}

const counts = (records: readonly IncomingRecord[]): Record<string, number> => {
  const found: Record<string, number> = {};
  for (const { topic, partition } of records)
    found[`${topic}/${partition}`] = (found[`${topic}/${partition}`] ?? 0) + 1;
  return found;
};

test('a batch has as few partitions as fill it, and the next one begins with another', () => {
  const cursors = [ahead('a', 0, 9), ahead('a', 1, 4), ahead('a', 2, 9)];
  const turns = new Turns();
  expect(counts(turns.take(cursors, 6))).toEqual({ 'a/0': 6 });
  expect(counts(turns.take(cursors, 6))).toEqual({ 'a/1': 4, 'a/2': 2 });
  expect(counts(turns.take(cursors, 100))).toEqual({ 'a/2': 7, 'a/0': 3 });
  expect(turns.take(cursors, 6)).toEqual([]);
});

test('a full partition keeps none waiting, whichever come and go beside it', () => {
  const full = ahead('a', 1, 1_000);
  const turns = new Turns();
  for (const other of [0, 2, 3, 0, 2]) {
    const news = ahead('a', other, 1);
    const seen = [0, 1].flatMap(() => turns.take([full, news], 5)).map(({ partition }) => partition);
    expect(seen).toContain(other);
    expect(turns.take([full], 0)).toEqual([]); // a look that takes nothing changes no turn
  }
});

test('of a partition each topic gets its share, and what another leaves of its own', () => {
  const cursors = [ahead('queue', 0, 90), ahead('answers', 0, 90), ahead('commands', 0, 1)];
  expect(counts(new Turns().take(cursors, 21))).toEqual({ 'queue/0': 10, 'answers/0': 10, 'commands/0': 1 });
});

test('of a paused one nothing is taken', () => {
  const cursors = [ahead('queue', 0, 9), ahead('answers', 0, 3)];
  for (const cursor of cursors) cursor.paused = cursor.topic === 'queue';
  expect(counts(new Turns().take(cursors, 9))).toEqual({ 'answers/0': 3 });
});

test('small parts that come and go while much waits keep their order, and each is delivered once', () => {
  const cursor = new Cursor('jobs', 0, 0);
  const delivered: number[] = [];
  let end = 0;
  const bring = (count: number): void => {
    const records = Array.from({ length: count }, () => record(end++));
    cursor.append(records, end);
  };
  bring(50);
  for (let round = 0; round < 40; round++) {
    bring(3);
    for (const { offset } of cursor.take(4)) delivered.push(offset);
    expect([cursor.next, cursor.buffered]).toEqual([delivered.length, end - delivered.length]);
  }
  for (const { offset } of cursor.take(end)) delivered.push(offset);
  expect(delivered).toEqual(Array.from({ length: end }, (_, offset) => offset));
  expect([cursor.bytes, cursor.next]).toEqual([0, end]);
});

test('topics that come last get what the others leave, of all partitions', () => {
  const cursors = [
    ahead('queue', 0, 90),
    ahead('answers', 0, 7),
    ahead('queue', 1, 90),
    ahead('answers', 1, 2),
  ];
  const turns = new Turns(['queue']);
  expect(counts(turns.take(cursors, 8))).toEqual({ 'answers/0': 7, 'answers/1': 1 });
  expect(counts(turns.take(cursors, 8))).toEqual({ 'answers/1': 1, 'queue/0': 7 });
  expect(counts(turns.take(cursors, 8))).toEqual({ 'queue/1': 8 });
});

test('topics that come last get half of a batch where the others fill one after the other', () => {
  const cursors = [ahead('queue', 0, 900), ahead('answers', 1, 900)];
  const turns = new Turns(['queue']);
  const batches = Array.from({ length: 5 }, () => counts(turns.take(cursors, 10)));
  const full = { 'answers/1': 10 };
  expect(batches).toEqual([full, full, full, { 'answers/1': 5, 'queue/0': 5 }, full]);
});
