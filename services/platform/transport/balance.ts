/** Who has a partition now, and who gets it when the owner lets go (null: it stays). */
export interface Assignment {
  readonly partition: number;
  readonly owner: string | null;
  readonly heir: string | null;
}

/**
 * Shares partitions 0 to `partitionCount - 1` among the members, given oldest first: each has as many as any
 * other or one more, and as few as possible change hands (sticky). A partition that a living member owns goes
 * over when that member lets go (cooperative); one without a living owner goes at once.
 */
export function balance(
  partitionCount: number,
  members: readonly string[],
  current: readonly Assignment[],
): Assignment[] {
  const alive = new Set(members);
  const partitions = Array.from({ length: partitionCount }, (_, partition) => {
    const before = current.find((assignment) => assignment.partition === partition);
    return { partition, owner: living(alive, before?.owner), heir: living(alive, before?.heir) };
  });
  const targets = shareOut(
    partitions.map(({ owner, heir }) => heir ?? owner),
    members,
  );
  return partitions.map(({ partition, owner }) => {
    const target = targets[partition] ?? null;
    if (owner === null) return { partition, owner: target, heir: null };
    return { partition, owner, heir: target === owner ? null : target };
  });
}

function living(alive: ReadonlySet<string>, member: string | null | undefined): string | null {
  return member !== null && member !== undefined && alive.has(member) ? member : null;
}

/** Keeps whom each partition is meant for, as far as that is balanced; gives the rest to who has the fewest. */
function shareOut(meant: readonly (string | null)[], members: readonly string[]): (string | null)[] {
  if (members.length === 0) return meant.map(() => null);
  const floor = Math.floor(meant.length / members.length);
  let extras = meant.length % members.length;
  const counts = new Map(members.map((member) => [member, 0]));
  const targets = meant.map((member) => {
    if (member === null) return null;
    const count = counts.get(member) ?? 0;
    if (count > floor || (count === floor && extras === 0)) return null;
    if (count === floor) extras--;
    counts.set(member, count + 1);
    return member;
  });
  return targets.map((target) => {
    if (target !== null) return target;
    const fewest = members.reduce((best, member) =>
      (counts.get(member) ?? 0) < (counts.get(best) ?? 0) ? member : best,
    );
    counts.set(fewest, (counts.get(fewest) ?? 0) + 1);
    return fewest;
  });
}
