import fc from 'fast-check';
import { murmur2, partitionFor } from '../../../core/messages/partitioner.ts';
import { utf8 } from '../../../core/messages/utf8.ts';
import { assert, test } from '../../harness.ts';

/** Key, murmur2 of its UTF-8, and its partition of 12, as Kafka's Java client says (Utils.murmur2, Utils.toPositive). */
const golden: readonly (readonly [string, number, number])[] = [
  ['', 275646681, 9],
  ['a', -1563381124, 4],
  ['ab', 316155434, 2],
  ['abc', 479470107, 3],
  ['abcd', -1323649548, 8],
  ['71638', 1090583392, 4],
  ['20261121-042454-k3f9q2x8ab_2', -846595699, 1],
  ['customer-1', 1939597761, 9],
  ['é', 186971271, 3],
  ['日本語', 1431860170, 10],
  ['Ελλάδα', -974912271, 5],
  ['😀', 131881617, 9],
  ['order-000000000000000000000000000000000000042', 1147661281, 1],
  ['\0', 375494588, 8],
  ['x/y%2F', -2057992423, 1],
  ['key-7', 713419675, 7],
  ['key-8', -1340033413, 7],
  ['key-9', -1335190451, 9],
  ['key-10', 1368331310, 2],
  ['0', 971027396, 8],
];

for (const [key, hash, partition] of golden) {
  test(`the key ${JSON.stringify(key)} goes to the partition that the Java client chooses`, () => {
    assert.equal(murmur2(utf8(key)), hash);
    assert.equal(partitionFor(key, 12), partition);
  });
}

test('every key has one partition of those there are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
      const partition = partitionFor(key, partitions);
      assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitions);
    }),
  );
});

test('murmur2 reads a part of a buffer as it reads a buffer of its own', () => {
  const whole = utf8('--key-7');
  assert.equal(murmur2(whole.subarray(2)), 713419675);
});
