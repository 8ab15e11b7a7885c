/** A PostgreSQL server of our own from the machine's programs: to crash, freeze and start again as a test likes. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import postgres from 'postgres';
import { freePorts } from '../broker/ports.ts';
import { until } from '../support/until.ts';
import type { PostgresBinaries } from './binaries.ts';
import { administer } from './databases.ts';
import { Keeper } from './keeper.ts';

export interface LocalPostgresOptions {
  /** True: as PostgreSQL comes, flushing each commit to disk. False, the default: faster, and a power cut may lose it. */
  readonly durable?: boolean;
}

const START_TIMEOUT_MS = 60_000;
const USER = 'requite';
const PASSWORD = 'not-so-secret';

export class LocalPostgres {
  /** Its superuser's address, `postgres://user:password@127.0.0.1:port/postgres`; the same after each start. */
  readonly url: string;
  readonly #binaries: PostgresBinaries;
  readonly #keeper: Keeper;
  readonly #settings: readonly string[];

  private constructor(binaries: PostgresBinaries, port: number, { durable = false }: LocalPostgresOptions) {
    this.#binaries = binaries;
    this.#keeper = new Keeper(binaries.user);
    this.url = `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`;
    this.#settings = [
      'listen_addresses=127.0.0.1',
      `port=${port}`,
      'unix_socket_directories=',
      'dynamic_shared_memory_type=mmap', // in the data folder, so that nothing of it stays after a crash
      ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
    ];
  }

  /** Makes a cluster in a temporary folder and starts it. Folder and server end with this process, however it ends. */
  static async make(binaries: PostgresBinaries, options: LocalPostgresOptions = {}): Promise<LocalPostgres> {
    const [port = 0] = await freePorts(1);
    const server = new LocalPostgres(binaries, port, options);
    try {
      await server.#initialize();
      await server.start();
    } catch (error) {
      // Nothing may stay behind a failed attempt; the caller gets the error.
      await server.close();
      throw error;
    }
    return server;
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    await this.launch();
    await until('PostgreSQL to answer', () => answers(this.url), START_TIMEOUT_MS).catch((cause: unknown) => {
      throw new Error(`PostgreSQL did not start:\n${this.#log()}`, { cause });
    });
  }

  /** Starts it, and doesn't wait. */
  async launch(): Promise<void> {
    const settings = this.#settings.flatMap((each) => ['-c', each]);
    await this.#keeper.start([this.#binaries.postgres, '-D', this.#data, ...settings], this.#logFile);
  }

  /** kill -9 of all its processes: what was not on disk or in the system's hands is gone. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.#keeper.ended();
  }

  /** A quick but orderly end: clients are cut off with a message, and what is committed is written. */
  async stop(): Promise<void> {
    process.kill(this.#postmaster(), 'SIGINT');
    await this.#keeper.ended();
  }

  /** Halts all its processes: connections stay open, and nothing answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Takes encrypted connections as well, with a certificate of its own making for `localhost`. */
  async encrypt(): Promise<void> {
    const [key, certificate] = ['server.key', 'server.crt'].map((name) => path.join(this.#data, name)) as [
      string,
      string,
    ];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
    const command = ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject];
    const exitCode = await this.#keeper.run([...command, '-keyout', key, '-out', certificate], this.#logFile);
    if (exitCode !== 0) throw new Error(`openssl ended with ${exitCode} (127: install it):\n${this.#log()}`);
    await this.#keeper.run(['chmod', '600', key], this.#logFile);
    await administer(this.url, ['ALTER SYSTEM SET ssl = on', 'SELECT pg_reload_conf()']);
  }

  async close(): Promise<void> {
    await this.#keeper.close();
  }

  async #initialize(): Promise<void> {
    const passwordFile = path.join(this.#keeper.folder, 'password');
    writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o644 }); // its folder is closed to others
    const options = ['-U', USER, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8'];
    const command = [this.#binaries.initdb, '-D', this.#data, ...options, '--locale=C', '--no-sync'];
    const exitCode = await this.#keeper.run(command, this.#logFile);
    if (exitCode !== 0) throw new Error(`initdb ended with ${exitCode}:\n${this.#log()}`);
  }

  /** The postmaster first, or it would see its children die and mend that. */
  #signal(signal: NodeJS.Signals): void {
    const postmaster = this.#postmaster();
    const children = childrenOf(postmaster);
    for (const pid of [postmaster, ...children]) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        // A connection may have ended by itself since we looked.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  #postmaster(): number {
    return Number(readFileSync(path.join(this.#data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  #log(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-4_000);
  }

  get #data(): string {
    return path.join(this.#keeper.folder, 'data');
  }

  get #logFile(): string {
    return path.join(this.#keeper.folder, 'log');
  }
}

/** Its processes for single connections and chores, where the system tells; without it they end a little later. */
function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (process.platform !== 'linux') return [];
  return readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

async function answers(url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, connect_timeout: 2, fetch_types: false, onnotice: () => {} });
  try {
    await sql`SELECT 1`;
    return true;
  } catch {
    return false; // Not yet; `start` gives up in the end, and shows the server's log.
  } finally {
    await sql.end({ timeout: 0 });
  }
}
