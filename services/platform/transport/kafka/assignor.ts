import { Buffer } from 'node:buffer';
import type { ExtendedGroupProtocolSubscription, GroupPartitionsAssigner } from '@platformatic/kafka';
import { type Assignment, balance } from '../balance.ts';

/** The name under which members agree on this assignor. */
export const ASSIGNOR = 'requite-copartitioned';

/** What a member tells the others of itself: the partition numbers that it has. */
export function ownedData(partitions: readonly number[]): Buffer {
  return Buffer.from(JSON.stringify({ owned: partitions }));
}

/**
 * Partition p of every topic goes to one member; as few as possible change hands. Where members subscribe to
 * different topics (a deployment in progress), a topic's partition whose member does not read it goes to one that does.
 */
export const assignCopartitioned: GroupPartitionsAssigner = (_current, members, topics, metadata) => {
  const counts = new Map([...topics].map((name) => [name, metadata.topics.get(name)?.partitionsCount ?? 0]));
  for (const { topics: subscribed = [] } of members.values()) {
    for (const name of subscribed) counts.set(name, metadata.topics.get(name)?.partitionsCount ?? 0);
  }
  const ids = [...members.keys()].sort();
  const current = ids.flatMap((id) => ownedBy(id, members.get(id)));
  const shares = balance(Math.max(0, ...counts.values()), ids, current);
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
  return ids.map((memberId) => ({ memberId, assignments: assigned.get(memberId) ?? new Map() }));
};

type Members = ReadonlyMap<string, ExtendedGroupProtocolSubscription>;

function ownedBy(id: string, member: ExtendedGroupProtocolSubscription | undefined): Assignment[] {
  try {
    const { owned } = JSON.parse(String(member?.metadata ?? '{}')) as { owned?: unknown };
    if (!Array.isArray(owned)) return [];
    return owned.map((partition) => ({ partition: Number(partition), owner: id, heir: null }));
  } catch {
    // what another member says of itself can't be read: it then has nothing to keep
    return [];
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
