import { expect, test } from 'bun:test';
import type { ExtendedGroupProtocolSubscription } from '@platformatic/kafka';
import { assignCopartitioned, memberData } from '../../../services/platform/transport/kafka/assignor.ts';

interface Member {
  readonly topics: string[];
  readonly owned?: number[];
  readonly copies?: number;
  readonly standby?: number[];
  readonly metadata?: string;
}

type Metadata = Parameters<typeof assignCopartitioned>[3];

/** What each member gets: its topics' partition numbers, as in { a: 'queue 0 2, answers 0 2' }. */
function assign(members: Record<string, Member>, counts: Record<string, number>): Record<string, string> {
  const subscriptions = new Map(
    Object.entries(members).map(([memberId, { topics, owned = [], copies = 0, standby = [], metadata }]) => [
      memberId,
      {
        memberId,
        version: 0,
        topics,
        metadata: metadata ?? memberData(owned, copies > 0 ? { topic: 'jobs', copies } : null, standby),
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

test('who keeps copies is told of which, besides what it has: as many members as asked for, never the owner', () => {
  const members = {
    a: { topics: both, copies: 1 },
    b: { topics: both, copies: 1 },
    c: { topics: both, copies: 1 },
  };
  expect(assign(members, { queue: 3, answers: 3 })).toEqual({
    a: 'queue 0, answers 0, jobs 1 2',
    b: 'queue 1, answers 1, jobs 0',
    c: 'queue 2, answers 2',
  });
  const more = { a: { topics: both, copies: 2 }, b: { topics: both, copies: 2 }, c: { topics: both } };
  expect(assign(more, { queue: 3, answers: 3 })).toMatchObject({ a: 'queue 0, answers 0, jobs 1 2' });
});

test('a partition whose owner is gone goes to who has a copy of it; who had it keeps a copy', () => {
  const left = {
    a: { topics: both, owned: [0], copies: 1, standby: [3] },
    b: { topics: both, owned: [1], copies: 1, standby: [2] },
  };
  expect(assign(left, four)).toEqual({
    a: 'queue 0 3, answers 0 3, jobs 1 2',
    b: 'queue 1 2, answers 1 2, jobs 0 3',
  });
  const joined = { a: { topics: both, owned: [0, 1], copies: 1 }, b: { topics: both, copies: 1 } };
  expect(assign(joined, { queue: 2, answers: 2 })).toEqual({
    a: 'queue 0, answers 0, jobs 1',
    b: 'queue 1, answers 1, jobs 0',
  });
});
