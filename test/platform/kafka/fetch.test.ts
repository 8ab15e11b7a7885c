import { expect, test } from 'bun:test';
import { Buffer } from 'node:buffer';
import { fetchV11, Writer } from '@platformatic/kafka';
import { isProtocolError } from '../../../services/platform/transport/kafka/errors.ts';
import { encodeFetch, parseFetched } from '../../../services/platform/transport/kafka/fetch.ts';

test('a fetch has the very bytes that the client makes of it, without a session', () => {
  const topics = new Map([
    [
      'answers-topic',
      [
        { partition: 0, fetchFrom: 12 },
        { partition: 7, fetchFrom: 2 ** 40 },
      ],
    ],
    ['jöbs', [{ partition: 3, fetchFrom: 0 }]],
  ]);
  const request = { maxWaitMs: 500, minBytes: 1, maxBytes: 8_000, partitionMaxBytes: 1_000, topics };
  const parts = [...topics].map(([topicId, partitions]) => ({
    topicId,
    partitions: partitions.map(({ partition, fetchFrom }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(fetchFrom),
      lastFetchedEpoch: -1,
      partitionMaxBytes: 1_000,
    })),
  }));
  const theirs = fetchV11.createRequest(500, 1, 8_000, 1, 0, -1, parts as never, [], '');
  expect(encodeFetch(request).equals(theirs.buffer)).toBe(true);
});

/** A broker's answer: an error for the whole, and for each partition its error and its records. */
function answer(
  errorCode: number,
  parts: readonly (readonly [string, number, number, Buffer | null])[],
): Buffer {
  return Writer.create()
    .appendInt32(0)
    .appendInt16(errorCode)
    .appendInt32(0)
    .appendArray(
      [...parts],
      (writer, [name, partition, code, records]) => {
        writer.appendString(name, false).appendArray(
          [partition],
          (inner, index) => {
            inner.appendInt32(index).appendInt16(code).appendInt64(9n).appendInt64(8n).appendInt64(0n);
            inner.appendArray(
              [[4n, 5n] as const],
              (each, [id, first]) => {
                each.appendInt64(id).appendInt64(first);
              },
              false,
              false,
            );
            inner.appendInt32(-1).appendBytes(records, false);
          },
          false,
          false,
        );
      },
      false,
      false,
    ).buffer;
}

test('an answer gives each partition its end, what was aborted, and its batches as they came', () => {
  const { parts, error } = parseFetched(
    answer(0, [
      ['answers-topic', 3, 0, Buffer.from('batches')],
      ['jöbs', 0, 0, null],
    ]),
  );
  expect(error).toBeNull();
  expect(parts.map((part) => ({ ...part, batches: String(part.batches) }))).toEqual([
    {
      name: 'answers-topic',
      partition: 3,
      errorCode: 0,
      stableEnd: 8,
      aborted: [{ producerId: 4, firstOffset: 5 }],
      batches: 'batches',
    },
    {
      name: 'jöbs',
      partition: 0,
      errorCode: 0,
      stableEnd: 8,
      aborted: [{ producerId: 4, firstOffset: 5 }],
      batches: '',
    },
  ]);
});

test('what the broker refuses for one partition is told, and the others keep what came', () => {
  const { parts, error } = parseFetched(
    answer(0, [
      ['answers-topic', 3, 1, null],
      ['workflow-queue', 3, 0, Buffer.from('batches')],
    ]),
  );
  expect(isProtocolError(error, 'OFFSET_OUT_OF_RANGE')).toBe(true);
  expect(parts.map(({ errorCode, batches }) => [errorCode, batches.length])).toEqual([
    [1, 0],
    [0, 7],
  ]);
  expect(parseFetched(answer(29, [])).error).not.toBeNull();
});
