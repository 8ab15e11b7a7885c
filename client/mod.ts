// A client of the coordinator's REST interface, for Bun, Node, Deno and browsers: it needs fetch and nothing else.
export type { CallOptions, ConnectOptions } from './call.ts';
export type { DeadLetterFilter, DeadLetterPlace, DeadLetters, ReplayRequest } from './dead-letters.ts';
export { type InputError, RequiteError } from './error.ts';
export type { Jobs } from './jobs.ts';
export { type BillSearch, connect, type Requite, type StartOptions } from './requite.ts';
export type { BillFormat, PageOptions, RunHandle, StartedRun, WaitOptions } from './run.ts';
export type * from './types.ts';
