// What the coordinator answers with: for /openapi.json, and for the types of the client, which scripts/client-types.ts makes.
export * from './audit.ts';
export * from './bills.ts';
export * from './dead-letters.ts';
export * from './events.ts';
export * from './jobs.ts';
export * from './previews.ts';
export { jsonReply, Reason, type Reply } from './reply.ts';
export * from './runs.ts';
