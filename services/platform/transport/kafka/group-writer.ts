import type { Decided, JobChange, OutgoingRecord, Position } from '../../../../core/mod.ts';
import type { StandbyOffer } from './standbys.ts';
import type { GroupMember } from './transactions/producer.ts';

/** What a unit of work does in one partition: one transaction. */
export interface PartitionUnit {
  readonly partition: number;
  readonly changes: readonly JobChange[];
  readonly records: readonly OutgoingRecord[];
  readonly offsets: readonly Position[];
}

/** Makes the units of a member of a group durable by transactions, each partition for itself. */
export interface GroupWriter {
  /** The copies that this member can keep for others; null: none. */
  readonly standby: StandbyOffer | null;
  /** Keeps whoever had these partitions before from writing, and settles what it left open. */
  fence(partitions: readonly number[], isOver: () => boolean): Promise<void>;
  /** Brings what is kept for these partitions up to date. Their offsets have been read: nobody else writes for them. */
  restore(partitions: readonly number[], isOver: () => boolean): Promise<void>;
  /** They are another's, or must be gained anew. */
  lost(partitions: readonly number[]): void;
  /** Partitions of which this member is to keep a copy, so that it can take them over quickly. */
  standBy(partitions: readonly number[]): void;
  /** Whether units can be written to the partition: after a failure of unknown outcome it must be gained anew. */
  owns(partition: number): boolean;
  /** One transaction. */
  write(unit: PartitionUnit, member: GroupMember): Promise<void>;
  close(): Promise<void>;
}

/** A unit of work by the partitions that its parts belong to: that of a job, or of the record that it was decided for. */
export function partitionUnits(
  decided: readonly Decided[],
  offsets: readonly Position[],
): readonly PartitionUnit[] {
  const parts = new Map<number, { changes: JobChange[]; records: OutgoingRecord[]; offsets: Position[] }>();
  const part = (partition: number) => {
    const known = parts.get(partition) ?? { changes: [], records: [], offsets: [] };
    parts.set(partition, known);
    return known;
  };
  for (const position of offsets) part(position.partition).offsets.push(position);
  const only = parts.size === 1 ? offsets[0]?.partition : undefined;
  for (const { change, records, partition } of decided) {
    const home = change?.job.partition ?? partition ?? only;
    if (change !== null) part(change.job.partition).changes.push(change);
    for (const record of records) part(home ?? record.partition).records.push(record);
  }
  return [...parts].map(([partition, each]) => ({ partition, ...each }));
}
