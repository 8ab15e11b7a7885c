import postgres from 'postgres';
import { ownPostgres } from '../../test/postgres/index.ts';

/** A PostgreSQL server to measure with. */
export interface Database {
  readonly description: string;
  /** The address of a new, empty database. */
  fresh(): Promise<string>;
  /** Drops the databases that it made, and ends the server if it is the bench's own. */
  close(): Promise<void>;
}

/**
 * The server that POSTGRES_URL names, else one of the bench's own that flushes each commit to the disk, as PostgreSQL
 * comes. Throws where there is none.
 */
export async function openDatabase(): Promise<Database> {
  const { POSTGRES_URL: given } = process.env;
  if (given !== undefined && given.trim() !== '') return databaseAt(given, 'given', async () => {});
  const own = await ownPostgres({ durable: true });
  if ('missing' in own) throw new Error(`POSTGRES_URL is not set, and ${own.missing}`);
  return databaseAt(own.url, "the bench's own", () => own.close());
}

async function databaseAt(url: string, whose: string, closeServer: () => Promise<void>): Promise<Database> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const [row] = await sql<{ server_version: string; fsync: string }[]>`
    SELECT current_setting('server_version') AS server_version, current_setting('fsync') AS fsync`;
  const made: string[] = [];
  const fresh = async (): Promise<string> => {
    const name = `requite_bench_${process.pid}_${made.length}`;
    await sql.unsafe(`CREATE DATABASE ${name}`);
    made.push(name);
    const address = new URL(url);
    address.pathname = `/${name}`;
    return address.href;
  };
  const close = async (): Promise<void> => {
    for (const name of made) await sql.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await sql.end();
    await closeServer();
  };
  return { description: `${whose}, ${row?.server_version}, fsync=${row?.fsync}`, fresh, close };
}
