import { Buffer } from 'node:buffer';
import type { ExtendedGroupProtocolSubscription, GroupPartitionsAssigner } from '@platformatic/kafka';
import { balance } from '../balance.ts';
import { assignStandbys, type StandbyOffer } from './standbys.ts';

/** The name under which members agree on this assignor. */
export const ASSIGNOR = 'requite-copartitioned';

/** What a member tells the others of itself: the partition numbers that it has, and those of which it keeps a copy. */
export function memberData(
  owned: readonly number[],
  offer: StandbyOffer | null,
  standby: readonly number[],
): Buffer {
  return Buffer.from(JSON.stringify(offer === null ? { owned } : { owned, ...offer, standby }));
}

/**
 * Partition p of every topic goes to one member; as few as possible change hands. Where members subscribe to
 * different topics (a deployment in progress), a topic's partition whose member does not read it goes to one that does.
 * Members that keep copies are told of which partitions under the name of the topic that is copied. A partition whose
 * owner is gone goes to who has a copy, where that is balanced.
 */
export const assignCopartitioned: GroupPartitionsAssigner = (_current, members, topics, metadata) => {
  const counts = new Map([...topics].map((name) => [name, metadata.topics.get(name)?.partitionsCount ?? 0]));
  for (const { topics: subscribed = [] } of members.values()) {
    for (const name of subscribed) counts.set(name, metadata.topics.get(name)?.partitionsCount ?? 0);
  }
  const ids = [...members.keys()].sort();
  const told = ids.map((id) => readData(id, members.get(id)));
  const current = told.flatMap(({ id, owned }) =>
    owned.map((partition) => ({ partition, owner: id, heir: null })),
  );
  const orphaned = told.flatMap(({ id, standby }) =>
    standby.map((partition) => ({ partition, owner: id, heir: null })),
  );
  // of several that claim a partition the first counts: its owner, else who has a copy
  const shares = balance(Math.max(0, ...counts.values()), ids, [...current, ...orphaned]);
  const assigned = new Map(ids.map((id) => [id, new Map<string, { topic: string; partitions: number[] }>()]));
  for (const { partition, owner, heir } of shares) {
    for (const [topic, count] of counts) {
      if (partition >= count) continue;
      const to = readerOf(topic, heir ?? owner, ids, members, partition);
      const mine = to === null ? undefined : assigned.get(to);
      const share = mine?.get(topic) ?? { topic, partitions: [] };
      share.partitions.push(partition);
      mine?.set(topic, share);
    }
  }
  const owners = new Map(shares.map(({ partition, owner, heir }) => [partition, heir ?? owner ?? '']));
  const standbys = assignStandbys(
    owners,
    told.map(({ id, offer, owned, standby }) => ({ id, offer, held: [...owned, ...standby] })),
  );
  for (const { id, offer } of told) {
    const partitions = standbys.get(id) ?? [];
    if (offer !== null && partitions.length > 0)
      assigned.get(id)?.set(offer.topic, { topic: offer.topic, partitions });
  }
  return ids.map((memberId) => ({ memberId, assignments: assigned.get(memberId) ?? new Map() }));
};

type Members = ReadonlyMap<string, ExtendedGroupProtocolSubscription>;

interface Told {
  readonly id: string;
  readonly owned: readonly number[];
  readonly standby: readonly number[];
  readonly offer: StandbyOffer | null;
}

function readData(id: string, member: ExtendedGroupProtocolSubscription | undefined): Told {
  const numbers = (given: unknown): number[] => (Array.isArray(given) ? given.map(Number) : []);
  try {
    const data = JSON.parse(String(member?.metadata ?? '{}')) as Partial<Record<string, unknown>>;
    const { topic, copies } = data;
    const offer = typeof topic === 'string' && typeof copies === 'number' ? { topic, copies } : null;
    return { id, owned: numbers(data.owned), standby: numbers(data.standby), offer };
  } catch {
    // what another member says of itself can't be read: it then has nothing to keep
    return { id, owned: [], standby: [], offer: null };
  }
}

function readerOf(
  topic: string,
  meant: string | null,
  ids: readonly string[],
  members: Members,
  partition: number,
): string | null {
  const reads = (id: string): boolean => members.get(id)?.topics?.includes(topic) === true;
  if (meant !== null && reads(meant)) return meant;
  const readers = ids.filter(reads);
  return readers[partition % readers.length] ?? null;
}
