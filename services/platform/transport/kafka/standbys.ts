/** What a member tells of the copies that it can keep: of which topic, how many of each partition there shall be. */
export interface StandbyOffer {
  readonly topic: string;
  readonly copies: number;
}

/** A member as far as copies go: whether it can keep them, and the partitions that it has or has copies of. */
export interface StandbyMember {
  readonly id: string;
  readonly offer: StandbyOffer | null;
  readonly held: readonly number[];
}

/**
 * For each partition so many members as the offers say, other than its owner: those that have a copy already, or were its
 * owner, before others; and those with fewer copies before others. Gives the partition numbers by member.
 */
export function assignStandbys(
  owners: ReadonlyMap<number, string>,
  members: readonly StandbyMember[],
): Map<string, number[]> {
  const standbys = new Map<string, number[]>(members.map(({ id }) => [id, []]));
  const able = members.filter(({ offer }) => offer !== null);
  const copies = Math.max(0, ...able.map(({ offer }) => offer?.copies ?? 0));
  for (const [partition, owner] of [...owners].sort(([one], [other]) => one - other)) {
    const ranked = able
      .filter(({ id }) => id !== owner)
      .map(({ id, held }) => ({ id, mine: standbys.get(id) ?? [], has: held.includes(partition) }))
      .sort((one, other) => Number(other.has) - Number(one.has) || one.mine.length - other.mine.length);
    for (const { mine } of ranked.slice(0, copies)) mine.push(partition);
  }
  return standbys;
}
