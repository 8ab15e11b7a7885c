import { assignPartitions } from '../../../core/mod.ts';
import type { Instance } from '../discovery/index.ts';

/** A live instance of a view, as others know it. */
export interface Holder {
  readonly instanceId: string;
  readonly url: string;
  /** The partitions whose copies there have caught up with the log. */
  readonly partitions: readonly number[];
}

/** The instances of a view that can be asked, by instance-id. */
export function holdersOf(instances: readonly Instance[]): readonly Holder[] {
  return instances.flatMap(({ instanceId, url, data }) => {
    if (url === null) return [];
    const said = Array.isArray(data.partitions) ? data.partitions : [];
    return [{ instanceId, url, partitions: said.filter((each) => typeof each === 'number') }];
  });
}

/** Which instances hold which partition, as far as this instance knows. */
export class Placement {
  readonly #live: ReadonlyMap<string, Holder>;
  readonly #holders: readonly (readonly string[])[];

  constructor(live: readonly Holder[], partitions: number, copies: number) {
    this.#live = new Map(live.map((holder) => [holder.instanceId, holder]));
    this.#holders = assignPartitions([...this.#live.keys()], partitions, copies);
  }

  /** The partition's owner, then its standbys; empty when nobody is there. */
  holders(partition: number): readonly Holder[] {
    return (this.#holders[partition] ?? []).flatMap((id) => this.#live.get(id) ?? []);
  }

  holds(instanceId: string, partition: number): boolean {
    return this.#holders[partition]?.includes(instanceId) ?? false;
  }

  /** All partitions that an instance owns or is a standby for. */
  heldBy(instanceId: string): readonly number[] {
    return [...this.#holders.keys()].filter((partition) => this.holds(instanceId, partition));
  }

  /** The live instances and what each has, for people. */
  table(): readonly InstanceStanding[] {
    return [...this.#live.values()].map(({ instanceId, url }) => {
      const held = this.heldBy(instanceId);
      const isOwned = (partition: number): boolean => this.#holders[partition]?.[0] === instanceId;
      const owned = held.filter(isOwned);
      return { instanceId, url, owned, standby: held.filter((partition) => !isOwned(partition)) };
    });
  }
}

/** A live instance and the partitions that it owns and stands by for. */
export interface InstanceStanding {
  readonly instanceId: string;
  readonly url: string;
  readonly owned: readonly number[];
  readonly standby: readonly number[];
}
