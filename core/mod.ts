// The only door of the core: everything public is exported from here.
export { partitionFor } from './messages/partitioner.ts';
