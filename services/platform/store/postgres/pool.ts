import postgres from 'postgres';
import { BackingError } from '../../backing-error.ts';
import { Sockets } from './sockets.ts';

/** What a statement is sent through. */
export type Sql = postgres.Sql;
/** A part of a statement. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

export interface PoolOptions {
  /** Connections at most; they are made as they are needed. */
  readonly maxConnections: number;
  /** How long making a connection may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long the server may work on one statement, in milliseconds. */
  readonly statementTimeoutMs: number;
}

/** Some connections to one database, made as they are needed. */
export interface Pool {
  readonly sql: Sql;
  /** Which database it is, for people: never with the password. */
  readonly place: string;
  /** To be told of each statement that was answered. */
  worked(): void;
  /** Breaks off what is in hand. Never rejects. */
  end(): Promise<void>;
}

/**
 * Rows are found by index, in the order that they are asked for: planned for the table and the arrays as they are (a
 * plan kept from when the table was small reads all of it once it is large), and never by reading the whole table.
 */
const PLANNING = {
  plan_cache_mode: 'force_custom_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
};

/** Throws `BackingError` where the URL is none; it doesn't repeat the URL, which may have a password in it. */
export function openPool(url: string, options: PoolOptions): Pool {
  const sockets = new Sockets(options.maxConnections);
  const sql = openDriver(url, {
    max: options.maxConnections,
    connect_timeout: options.connectTimeoutMs / 1000,
    backoff: () => 0,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'requite', ...sessionSettings(url, options) },
    socket: (target) => sockets.make(target),
  });
  return {
    sql,
    place: placeOf(sql),
    worked: () => sockets.worked(),
    end: async () => {
      await sql.end({ timeout: 0 });
      await sockets.close();
    },
  };
}

/** The driver knows `socket` (its README has it), but its types don't. */
type DriverOptions = postgres.Options<Record<string, never>> & {
  readonly socket: (target: Parameters<Sockets['make']>[0]) => unknown;
};

function openDriver(url: string, options: DriverOptions): Sql {
  const isAddress = /^postgres(ql)?:\/\/\S+$/.test(url);
  try {
    if (isAddress) return postgres(url, options);
  } catch {
    // The error quotes the URL, and adds nothing to what follows.
  }
  throw new BackingError(
    'the address of the PostgreSQL database is not of the form postgres://user:password@host:port/database ' +
      '(in a password, characters such as @ : / ? # % are percent-encoded)',
  );
}

/** A pooler that gives connections away between transactions takes no settings of a session: `prepare=false`. */
function sessionSettings(url: string, { statementTimeoutMs }: PoolOptions): Record<string, string | number> {
  const isPooled = /[?&]prepare=(false|disable)(&|$)/.test(url);
  return isPooled ? {} : { ...PLANNING, statement_timeout: statementTimeoutMs };
}

function placeOf({ options }: Sql): string {
  const { path, host, port, database } = options;
  const hosts = host.map((name, index) => `${name}:${port[index]}`).join(', ');
  return `PostgreSQL at ${path || hosts}, database "${database}"`;
}
