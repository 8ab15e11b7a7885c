/**
 * A PostgreSQL for tests: the one that `POSTGRES_URL` names (its user has to be allowed to create databases); else
 * one in a container where a Docker daemon answers; else one from this machine's programs. It is started once a
 * process and ends with it, in whatever way it ends.
 */
import { findBinaries } from './binaries.ts';
import { startContainer } from './container.ts';
import { type Databases, databasesOn } from './databases.ts';
import { LocalPostgres, type LocalPostgresOptions } from './local.ts';

export { administer } from './databases.ts';
export { LocalPostgres } from './local.ts';

export interface Missing {
  /** Why, and what to install. */
  readonly missing: string;
}

let server: Promise<{ readonly url: string } | Missing> | null = null;

/** Databases on the shared server, or why there is none. Who takes them drops them in the end. */
export async function findPostgres(): Promise<Databases | Missing> {
  server ??= startServer();
  const found = await server;
  return 'missing' in found ? found : databasesOn(found.url);
}

/** A server of one's own, to kill and start again, from this machine's programs; or why there can be none. */
export async function ownPostgres(options: LocalPostgresOptions = {}): Promise<LocalPostgres | Missing> {
  const binaries = findBinaries();
  return 'missing' in binaries ? binaries : LocalPostgres.make(binaries, options);
}

async function startServer(): Promise<{ readonly url: string } | Missing> {
  const given = process.env.POSTGRES_URL;
  if (given) return { url: given };
  const container = await startContainer();
  if (!('missing' in container)) return container;
  const own = await ownPostgres();
  if (!('missing' in own)) return own;
  return { missing: `POSTGRES_URL is not set, ${container.missing}, and ${own.missing}` };
}
