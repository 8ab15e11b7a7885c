import { assignPartitions } from '../../../core/mod.ts';
import type { Heartbeat } from './heartbeat.ts';

/** Which instances hold which partition, as far as this instance knows. */
export class Placement {
  readonly #live: ReadonlyMap<string, Heartbeat>;
  readonly #holders: readonly (readonly string[])[];

  constructor(live: readonly Heartbeat[], partitions: number, copies: number) {
    this.#live = new Map(live.map((heartbeat) => [heartbeat.instanceId, heartbeat]));
    this.#holders = assignPartitions([...this.#live.keys()], partitions, copies);
  }

  /** The partition's owner, then its standbys; empty when nobody is there. */
  holders(partition: number): readonly Heartbeat[] {
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
