import type { GroupStanding, TopicStanding } from '../../../core/mod.ts';

/** A group that has committed something on a topic. */
export interface TopicReader {
  readonly group: string;
  /** The next offset that it reads in each partition; the start where it has committed nothing there. */
  readonly next: readonly number[];
  /** How many offsets it has before it, in all partitions. */
  readonly lag: number;
}

/**
 * Who reads a topic, by name of the group. A commit beyond the end is from another topic that had this name: it says
 * nothing about this one, and a consumer with it begins anew.
 */
export function readersOf(topic: TopicStanding, groups: readonly GroupStanding[]): readonly TopicReader[] {
  return groups.flatMap(({ group, committed }) => {
    const here = committed.filter((position) => position.topic === topic.name);
    if (here.length === 0) return [];
    const next = topic.partitions.map(({ start, end }, partition) => {
      const offset = here.find((position) => position.partition === partition)?.offset ?? start;
      return offset > end ? start : Math.max(offset, start);
    });
    const lag = topic.partitions.reduce((sum, { end }, partition) => sum + end - (next[partition] ?? end), 0);
    return [{ group, next, lag }];
  });
}

/** How many offsets a topic has from its start to its end: its records, and gaps and markers between them. */
export function sizeOf(topic: TopicStanding): number {
  return topic.partitions.reduce((sum, { start, end }) => sum + end - start, 0);
}
