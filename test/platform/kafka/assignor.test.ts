import { expect, test } from 'bun:test';
import type { ExtendedGroupProtocolSubscription } from '@platformatic/kafka';
import { assignCopartitioned, ownedData } from '../../../services/platform/transport/kafka/assignor.ts';

type Metadata = Parameters<typeof assignCopartitioned>[3];

/** What each member gets: its topics' partition numbers, as in { a: 'queue 0 2, answers 0 2' }. */
function assign(
  members: Record<string, { topics: string[]; owned?: number[]; metadata?: string }>,
  counts: Record<string, number>,
): Record<string, string> {
  const subscriptions = new Map(
    Object.entries(members).map(([memberId, { topics, owned = [], metadata }]) => [
      memberId,
      {
        memberId,
        version: 0,
        topics,
        metadata: metadata ?? ownedData(owned),
      } as ExtendedGroupProtocolSubscription,
    ]),
  );
  const topics = new Map(
    Object.entries(counts).map(([name, partitionsCount]) => [name, { partitionsCount }]),
  );
  const given = assignCopartitioned('a', subscriptions, new Set(), { topics } as unknown as Metadata);
  return Object.fromEntries(
    given.map(({ memberId, assignments }) => [
      memberId,
      [...assignments.values()].map(({ topic, partitions }) => `${topic} ${partitions.join(' ')}`).join(', '),
    ]),
  );
}

const both = ['queue', 'answers'];
const four = { queue: 4, answers: 4 };

test('partition p of every topic goes to the same member, each member having as many as any other', () => {
  expect(assign({ a: { topics: both }, b: { topics: both } }, four)).toEqual({
    a: 'queue 0 2, answers 0 2',
    b: 'queue 1 3, answers 1 3',
  });
});

test('members keep what they have, as far as that is balanced', () => {
  const members = { a: { topics: both, owned: [0, 1, 2, 3] }, b: { topics: both } };
  expect(assign(members, four)).toEqual({ a: 'queue 0 1, answers 0 1', b: 'queue 2 3, answers 2 3' });
  const later = { a: { topics: both, owned: [1] }, b: { topics: both, owned: [0, 3] }, c: { topics: both } };
  expect(assign(later, four)).toMatchObject({ a: 'queue 1, answers 1', b: 'queue 0 3, answers 0 3' });
});

test('topics of other sizes share the numbers that they have', () => {
  const members = { a: { topics: ['queue', 'wide'] }, b: { topics: ['queue', 'wide'] } };
  expect(assign(members, { queue: 2, wide: 3 })).toEqual({ a: 'queue 0, wide 0 2', b: 'queue 1, wide 1' });
});

test('a topic that only some members read is read by those, whoever has the number', () => {
  const members = { a: { topics: ['queue'] }, b: { topics: both } };
  const given = assign(members, four);
  expect(given.b).toContain('answers');
  expect(given.a).not.toContain('answers');
  expect(given.b).toContain('answers 0 1 2 3');
});

test('what a foreign member says of itself does no harm', () => {
  const members = {
    a: { topics: both, metadata: 'not JSON' },
    b: { topics: both, metadata: '{"owned":"x"}' },
  };
  expect(Object.keys(assign(members, four))).toEqual(['a', 'b']);
});
