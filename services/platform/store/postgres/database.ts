import { TransportError } from '../../../../core/mod.ts';
import { StoreHealth } from '../health.ts';
import { failureOf } from './errors.ts';
import { ensureTable, writeNothing } from './job-table.ts';
import { openPool, type Pool, type PoolOptions, type Sql } from './pool.ts';

/** So often a statement is sent again that the server undid because of another's. */
const MAX_ATTEMPTS = 5;
/** How long others' statements may still take when a pool is given up, or the store is closed. */
const END_TIMEOUT_MS = 5_000;
/** What a call may take beyond connecting and the statement itself. */
const MARGIN_MS = 2_000;

/**
 * A database that may be away at any time. Nothing is connected before the first statement. A failure ends the whole
 * pool, and the next statement begins with a new one: the driver's own reconnecting sends what the broken connection
 * had not sent, waits up to 20 s between attempts, and can hang.
 *
 * Each statement is a transaction of its own, so a client that freezes or dies holds no lock.
 */
export class Database {
  readonly #newPool: () => Pool;
  readonly #timeoutMs: number;
  /** Whether it answers, and takes what is written. */
  readonly health: StoreHealth = new StoreHealth('postgres', () => this.run(writeNothing));
  readonly #ending: Set<Promise<void>> = new Set();
  #current: Session;
  #closed = false;

  /** Throws `BackingError` where the URL is none. */
  constructor(url: string, options: PoolOptions) {
    this.#newPool = () => openPool(url, options);
    this.#current = new Session(this.#newPool());
    this.#timeoutMs = options.connectTimeoutMs + options.statementTimeoutMs + MARGIN_MS;
  }

  /**
   * Runs one statement. Throws `TransportError`: 'unavailable', with what to mend, or 'closed'. A change whose
   * outcome is not known is 'unavailable' as well: it may have been made, or may yet be.
   */
  async run<T>(statement: (sql: Sql) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.assertOpen();
      const session = this.#current;
      try {
        return await session.run(statement, this.#timeoutMs);
      } catch (error) {
        this.assertOpen();
        const failure = failureOf(error, session.pool.place);
        if (failure.again && attempt < MAX_ATTEMPTS) continue;
        if (failure.broken) this.#beginAnew(session);
        if (failure.error instanceof TransportError && failure.error.code === 'unavailable')
          this.health.failed(failure.error.message);
        throw failure.error;
      }
    }
  }

  assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', 'The job store is closed.');
  }

  /** Lets statements in hand end, for some seconds. */
  async close(): Promise<void> {
    if (!this.#closed) this.#end(this.#current);
    this.#closed = true;
    this.health.close();
    await Promise.all(this.#ending);
  }

  #beginAnew(broken: Session): void {
    if (this.#current !== broken) return;
    this.#current = new Session(this.#newPool());
    this.#end(broken);
  }

  #end(session: Session): void {
    const ending = session.end(END_TIMEOUT_MS).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

/** A pool from its first statement to the first failure. */
class Session {
  readonly pool: Pool;
  readonly #inHand: Set<Promise<unknown>> = new Set();
  /** Whether the table is there, and ours; asked with the first statement. */
  #ready: Promise<void> | null = null;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  async run<T>(statement: (sql: Sql) => Promise<T>, timeoutMs: number): Promise<T> {
    const work = within(timeoutMs, this.#whenReady(statement));
    this.#inHand.add(work);
    try {
      const result = await work;
      this.pool.worked();
      return result;
    } finally {
      this.#inHand.delete(work);
    }
  }

  async end(timeoutMs: number): Promise<void> {
    // However they end: whoever runs them is told.
    await within(timeoutMs, Promise.allSettled(this.#inHand)).catch(() => null);
    await this.pool.end();
  }

  async #whenReady<T>(statement: (sql: Sql) => Promise<T>): Promise<T> {
    const ready = this.#ready ?? ensureTable(this.pool.sql);
    this.#ready = ready;
    try {
      await ready;
    } catch (error) {
      // Where this pool goes on (a failure that is none of its own), the next statement asks again.
      this.#ready = null;
      throw error;
    }
    return statement(this.pool.sql);
  }
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

class NoAnswer extends Error {
  readonly code = 'NO_ANSWER';
  constructor(waitedMs: number) {
    super(`nothing within ${waitedMs} ms`);
  }
}
