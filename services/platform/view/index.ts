// Materialized views: topics folded into an instance's own file, with waiting reads.

export type { Database, Statement } from 'bun:sqlite';
export { removeViewFile, ViewFileError } from './file.ts';
export { viewFile } from './path.ts';
export { openView, type View, type ViewOptions } from './view.ts';
export { WAITERS_MAX } from './waiters.ts';
