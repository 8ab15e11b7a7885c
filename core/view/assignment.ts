import { murmur2 } from '../messages/partitioner.ts';
import { utf8 } from '../messages/utf8.ts';

/**
 * Which instances hold each partition: for each partition its owner, then its standbys in order. A pure function of
 * the set of instances, so that all who know the same instances come to the same result without asking.
 *
 * Owners are chosen by rendezvous hashing (highest random weight; Thaler and Ravishankar, 1998) with room for equal
 * numbers: nobody owns more than one partition more than another. The first standby is who owns the partition once its
 * owner is gone, and the next one who does once both are; so a take-over goes to who has the copy, and the owner before
 * a newcomer stays as its first standby.
 */
export function assignPartitions(
  instanceIds: readonly string[],
  partitions: number,
  copies: number,
): readonly (readonly string[])[] {
  const instances = [...new Set(instanceIds)].sort();
  const ranked = rank(instances, partitions);
  const known = new Map<string, readonly string[]>();
  const ownersWithout = (gone: readonly string[]): readonly string[] => {
    const name = JSON.stringify([...gone].sort());
    const owners = known.get(name) ?? chooseOwners(ranked, instances.length - gone.length, partitions, gone);
    known.set(name, owners);
    return owners;
  };
  const holders = Math.min(instances.length, 1 + Math.max(0, copies));
  return Array.from({ length: partitions }, (_, partition) => {
    const chosen: string[] = [];
    while (chosen.length < holders) chosen.push(ownersWithout(chosen)[partition] as string);
    return chosen;
  });
}

interface Pair {
  readonly instance: string;
  readonly partition: number;
  readonly weight: number;
}

/** Every instance with every partition, the heaviest pair first. */
function rank(instances: readonly string[], partitions: number): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const instance of instances)
    for (let partition = 0; partition < partitions; partition++)
      pairs.push({ instance, partition, weight: murmur2(utf8(`${partition} ${instance}`)) });
  // sorting is stable: pairs of equal weight stay in the order of their instances
  return pairs.sort((one, other) => other.weight - one.weight);
}

/** An owner for each partition: the heaviest pairs first, as far as instances have room. */
function chooseOwners(
  ranked: readonly Pair[],
  instanceCount: number,
  partitions: number,
  gone: readonly string[],
): readonly string[] {
  const share = Math.floor(partitions / instanceCount);
  let extra = partitions % instanceCount;
  const owners: string[] = Array.from({ length: partitions }, () => '');
  const loads = new Map<string, number>();
  for (const { instance, partition } of ranked) {
    const load = loads.get(instance) ?? 0;
    if (owners[partition] !== '' || gone.includes(instance)) continue;
    if (load > share || (load === share && extra === 0)) continue;
    if (load === share) extra--;
    owners[partition] = instance;
    loads.set(instance, load + 1);
  }
  return owners;
}
