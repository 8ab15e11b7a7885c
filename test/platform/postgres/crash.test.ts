import { afterEach, expect, test } from 'bun:test';
import { type Job, type JobStore, TransportError } from '../../../core/mod.ts';
import { job } from '../../contracts/job-store.ts';
import { describeWith } from '../../postgres/describe.ts';
import { administer, ownPostgres } from '../../postgres/index.ts';
import { until } from '../../support/until.ts';
import { address, changes, Stores } from './support.ts';

// kill -9 of the whole server in the middle of many saves. A save that was acknowledged is there afterwards; one whose
// answer never came may be there or not, and compare-and-set keeps it from being made a second time (invariant 5).

const JOBS = Array.from({ length: 60 }, (_, n) => `job-${n}`);
const LAST_REVISION = 80;
const CRASHES = 3;

const stores = new Stores();
afterEach(() => stores.close());

/** One saver's story: what it sent, what was acknowledged, and how often the database was away. */
class Saver {
  readonly acknowledged: {
    readonly workflowId: string;
    readonly revision: number;
    readonly token: string;
  }[] = [];
  readonly sent: Set<string> = new Set();
  cutOff = 0;
  readonly #store: JobStore;
  readonly #name: string;

  constructor(store: JobStore, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** As an engine does: load, decide, save; where that fails, the same again from the start. */
  async run(): Promise<void> {
    while (true) {
      try {
        const jobs = await this.#store.load(JOBS);
        const open = JOBS.filter((id) => (jobs.get(id)?.revision ?? 0) < LAST_REVISION);
        if (open.length === 0) return;
        await this.#save(open.map((id) => this.#next(id, jobs.get(id))));
      } catch (error) {
        if (!(error instanceof TransportError) || error.code !== 'unavailable') throw error;
        this.cutOff++;
        await Bun.sleep(2); // The engine's loop pauses as well; nothing is awaited by it.
      }
    }
  }

  /** The next revision adds a token of its own to the job's history. */
  #next(id: string, stored: Job | undefined): Job {
    const token = `${this.#name} ${this.sent.size}`;
    this.sent.add(token);
    const history = (stored?.input ?? []) as string[];
    return job(id, {
      revision: (stored?.revision ?? 0) + 1,
      input: [...history, token],
      wakeAtMs: history.length,
    });
  }

  async #save(batch: readonly Job[]): Promise<void> {
    const lost = new Set(await this.#store.save(changes(...batch)));
    for (const { workflowId, revision, input } of batch) {
      const token = (input as string[]).at(-1) ?? '';
      if (!lost.has(workflowId)) this.acknowledged.push({ workflowId, revision, token });
    }
  }
}

describeWith(
  'a PostgreSQL killed with -9',
  await ownPostgres({ durable: true }),
  (server) => server.close(),
  (server) => {
    test('in the middle of many saves: no job is lost, and none is saved twice', async () => {
      const [one, other] = [stores.open(server.url), stores.open(server.url)];
      const savers = ['a', 'b', 'c'].map((name) => new Saver(name === 'c' ? other : one, name));
      const running = Promise.all(savers.map((saver) => saver.run()));
      const total = (): number => savers.reduce((sum, saver) => sum + saver.acknowledged.length, 0);
      for (let crash = 1; crash <= CRASHES; crash++) {
        const half = (JOBS.length * LAST_REVISION * crash) / (CRASHES + 1);
        await until('saves to be under way', () => total() > half);
        const before = savers.map(({ cutOff }) => cutOff);
        await server.kill();
        await until('all to notice', () => savers.every(({ cutOff }, n) => cutOff > (before[n] ?? 0)));
        await server.start();
      }
      await running;

      const jobs = await stores.open(server.url).load(JOBS);
      const histories = new Map([...jobs].map(([id, { input }]) => [id, input as string[]]));
      expect(jobs.size).toBe(JOBS.length);
      for (const { revision } of jobs.values()) expect(revision).toBe(LAST_REVISION);
      const tokens = [...histories.values()].flat();
      expect(tokens.length).toBe(JOBS.length * LAST_REVISION);
      expect(new Set(tokens).size).toBe(tokens.length);
      expect(tokens.every((token) => savers.some(({ sent }) => sent.has(token)))).toBe(true);
      for (const { acknowledged } of savers) {
        const lost = acknowledged.filter(
          ({ workflowId, revision, token }) => histories.get(workflowId)?.[revision - 1] !== token,
        );
        expect(lost).toEqual([]);
      }
    });

    test('nothing is lost where the database does not wait for the disk by default', async () => {
      await administer(server.url, [
        'CREATE DATABASE hasty',
        'ALTER DATABASE hasty SET synchronous_commit = off',
      ]);
      const url = address(server.url, { pathname: '/hasty' });
      const store = stores.open(url);
      for (let revision = 1; revision <= 20; revision++) await store.save(changes(job('a', { revision })));
      await server.kill();
      await server.start();
      expect((await stores.open(url).load(['a'])).get('a')?.revision).toBe(20);
    });

    test('what it was asked to remember is found by time and by count after it', async () => {
      const store = stores.open(server.url);
      const early = { status: 'early', partition: 7, wakeAtMs: 70 } as const;
      await store.save(changes(job('early-1', early), job('early-2', { ...early, wakeAtMs: 60 })));
      await server.kill();
      await server.start();
      const again = stores.open(server.url);
      expect(await again.nextDueMs([7])).toBe(60);
      expect((await again.due([7], 70, 10)).map(({ workflowId }) => workflowId)).toEqual([
        'early-2',
        'early-1',
      ]);
      expect(await again.countEarly(7)).toBe(2);
    });
  },
);
