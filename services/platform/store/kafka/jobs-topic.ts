import type { TopicSpec } from '../../../../core/mod.ts';

/** As much as a client of ours sends in one record. */
export const MAX_JOB_BYTES = 8 * 1024 * 1024;
/** Jobs that were changed since, and deletions, are gone from the topic after about so long. */
const COMPACT_WITHIN_MS = 60 * 60 * 1000;

/** The topic that keeps the jobs of this group. */
export const jobsTopicOf = (group: string): string => `jobs-${group}`;

/** That topic as it is created: as many partitions as those that the group reads. */
export function jobsTopicSpec(group: string, partitions: number): TopicSpec {
  return {
    name: jobsTopicOf(group),
    partitions,
    compacted: true,
    compactWithinMs: COMPACT_WITHIN_MS,
    maxRecordBytes: MAX_JOB_BYTES,
  };
}
