// Materialized views: topics folded into an instance's own file, with waiting reads.

export type { Database, Statement } from 'bun:sqlite';
export { removeViewFile, ViewFileError } from './file.ts';
export { isForwarded } from './hop.ts';
export {
  openPartitionedView,
  type PartitionedView,
  type PartitionedViewOptions,
} from './partitioned.ts';
export { viewFile } from './path.ts';
export type { InstanceStanding } from './placement.ts';
export type { Answered } from './query.ts';
export { recordValue } from './value.ts';
export { openView, type View, type ViewOptions } from './view.ts';
export { KEYED_WAITERS_MAX, WAITERS_MAX } from './waiters.ts';
