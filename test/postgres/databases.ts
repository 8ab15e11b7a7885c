import { randomUUID } from 'node:crypto';
import postgres from 'postgres';

/** Databases of their own for tests, on one server. */
export interface Databases {
  /** A new, empty database; its address. */
  freshDatabase(): Promise<string>;
  /** Drops what `freshDatabase` made. */
  drop(): Promise<void>;
}

/** `url` names a user that may create databases. */
export function databasesOn(url: string): Databases {
  const made: string[] = [];
  return {
    freshDatabase: async () => {
      const name = `requite_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
      made.push(name);
      await administer(url, [`CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`]);
      const address = new URL(url);
      address.pathname = `/${name}`;
      return address.href;
    },
    drop: async () => {
      const statements = made.splice(0).map((name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await administer(url, statements);
    },
  };
}

/** Runs statements over a connection of their own; the rows of the last one. */
export async function administer(url: string, statements: readonly string[]): Promise<postgres.Row[]> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    let rows: postgres.Row[] = [];
    for (const statement of statements) rows = await sql.unsafe(statement);
    return rows;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
