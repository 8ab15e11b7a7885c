import { afterEach, expect, test } from 'bun:test';
import type { Job } from '../../../core/mod.ts';
import { job } from '../../contracts/job-store.ts';
import { describeWith } from '../../postgres/describe.ts';
import { administer, findPostgres } from '../../postgres/index.ts';
import { changes, Stores } from './support.ts';

// Engines on several machines share the database: what they do at the same time must come out as if one after another.

const stores = new Stores();
afterEach(() => stores.close());

describeWith(
  'several engines on one PostgreSQL',
  await findPostgres(),
  (postgres) => postgres.drop(),
  (postgres) => {
    test('engines that start together on an empty database all find its table', async () => {
      const url = await postgres.freshDatabase();
      const engines = Array.from({ length: 12 }, () => stores.open(url));
      const calls = engines.map((store, n) => store.save(changes(job(`job-${n}`))));
      expect(await Promise.all(calls)).toEqual(calls.map(() => []));
      expect((await stores.open(url).load(engines.map((_, n) => `job-${n}`))).size).toBe(12);
    });

    test('of two engines that save the same revision one wins, for each job', async () => {
      const url = await postgres.freshDatabase();
      const [one, other] = [stores.open(url), stores.open(url)];
      const ids = Array.from({ length: 200 }, (_, n) => `job-${n}`);
      for (let revision = 1; revision <= 10; revision++) {
        const batch = (input: string): Job[] => ids.map((id) => job(id, { revision, input }));
        const [lostByOne, lostByOther] = await Promise.all([
          one.save(changes(...batch('one'))),
          other.save(changes(...batch('other').toReversed())),
        ]);
        expect([...lostByOne, ...lostByOther].toSorted()).toEqual(ids.toSorted());
        const jobs = await one.load(ids);
        for (const id of lostByOne) expect(jobs.get(id)?.input).toBe('other');
        for (const id of lostByOther) expect(jobs.get(id)?.input).toBe('one');
      }
    });

    test('savers that meet in any order do not wait for each other in a circle', async () => {
      const url = await postgres.freshDatabase();
      const shared = Array.from({ length: 60 }, (_, n) => `job-${n}`);
      const engines = Array.from({ length: 6 }, () => stores.open(url));
      const rounds = engines.map(async (store, engine) => {
        for (let round = 0; round < 25; round++) {
          const jobs = await store.load(shared);
          // Each has another order, and for each other jobs are new, changed and forgotten.
          const batch = shared.flatMap((id, n) => {
            if ((n + engine + round) % 3 === 0) return [];
            const revision = (jobs.get(id)?.revision ?? 0) + 1;
            const next = { job: job(id, { revision }) };
            return [revision > 1 && (n + round) % 5 === 0 ? { ...next, forget: true as const } : next];
          });
          await store.save(engine % 2 === 0 ? batch : batch.toReversed());
        }
      });
      await Promise.all(rounds);
      await stores.close(); // A connection tells the statistics at its end at the latest.
      const name = new URL(url).pathname.slice(1);
      const [row] = await administer(url, [
        `SELECT deadlocks::integer, xact_commit::integer AS commits FROM pg_stat_database WHERE datname = '${name}'`,
      ]);
      expect(row?.deadlocks).toBe(0);
      expect(row?.commits).toBeGreaterThan(150);
    });

    test('a job larger than a page is kept whole, and many such at once', async () => {
      const store = stores.open(await postgres.freshDatabase());
      const large = Array.from({ length: 20 }, (_, n) =>
        job(`large-${n}`, { input: `${n}é"\\\n\0`.repeat(60_000) }),
      );
      expect(await store.save(changes(...large))).toEqual([]);
      const jobs = await store.load(large.map(({ workflowId }) => workflowId));
      expect(large.every((each) => jobs.get(each.workflowId)?.input === each.input)).toBe(true);
    });

    test('a batch of more jobs than a statement takes is saved and loaded whole', async () => {
      const store = stores.open(await postgres.freshDatabase());
      const many = Array.from({ length: 12_001 }, (_, n) => job(`job-${n}`));
      await store.save(changes(job('job-11000')));
      expect(await store.save(changes(...many))).toEqual(['job-11000']);
      expect((await store.load(many.map(({ workflowId }) => workflowId))).size).toBe(12_001);
    });
  },
);
