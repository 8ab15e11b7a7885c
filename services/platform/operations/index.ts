export { askAll, type Missing, type Told } from './peers.ts';
export { type Operations, startOperations } from './server.ts';
export type { ToldBreaker, ToldMember } from './standing.ts';
