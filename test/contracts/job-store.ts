import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { type Job, type JobStore, type Step, UNPUBLISHED_WAKE_MS } from '../../core/mod.ts';
import { failure } from './support.ts';

const question: Step = {
  kind: 'ask',
  name: 'customer',
  payload: { customerIdentifier: '321' },
  askedAtMs: 5,
  dueAtMs: null,
  attempts: 1,
  outcome: null,
};

/** A new job that waits for nothing in particular. */
export function job(workflowId: string, fields: Partial<Job> = {}): Job {
  return {
    workflowId,
    workflowType: 'bill-generation',
    version: 1,
    partition: 0,
    revision: 1,
    status: 'waiting',
    createTime: '2020-04-15T14:24:11Z',
    contentHash: 'c0ffee',
    input: { customerIdentifier: '321' },
    steps: [],
    inbox: [],
    seenOffsets: {},
    wakeAtMs: null,
    problem: null,
    events: [],
    resultHash: null,
    outcomeHashes: null,
    traceparent: null,
    ...fields,
  };
}

function changes(...jobs: readonly Job[]): { readonly job: Job }[] {
  return jobs.map((each) => ({ job: each }));
}

function ids(jobs: readonly Job[]): string[] {
  return jobs.map(({ workflowId }) => workflowId);
}

export interface JobStoreUnderTest {
  readonly store: JobStore;
  /** Jobs stay in the partition that they began in, as workflow-ids say it. Default false: a job can change it. */
  readonly keepsPartition?: boolean;
  /** Frees everything behind the store. */
  close(): Promise<void>;
}

/** What every implementation of the JobStore port must hold. `open` gives an empty store each time. */
export function jobStoreContract(name: string, open: () => Promise<JobStoreUnderTest>): void {
  describe(`${name} as a JobStore`, () => {
    let under: JobStoreUnderTest;
    let store: JobStore;
    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.close());

    test('gives a job back as it was saved', async () => {
      const odd = job('a/../\0 ü 🧾', {
        steps: [question],
        input: { nested: ['ä', null, 1.5, { deep: true }] },
        problem: { code: 'x', message: 'y' },
        wakeAtMs: 1_700_000_000_123,
      });
      expect(await store.save(changes(odd))).toEqual([]);
      expect(await store.load([odd.workflowId])).toEqual(new Map([[odd.workflowId, odd]]));
    });

    test('its id, where it has one, stays the same', async () => {
      const id = await store.id();
      expect(id).not.toBe('');
      await store.save(changes(job('a')));
      expect(await store.id()).toBe(id);
    });

    test('load leaves out what is not stored', async () => {
      await store.save(changes(job('a'), job('b')));
      expect([...(await store.load(['b', 'nobody', 'b'])).keys()]).toEqual(['b']);
      expect((await store.load([])).size).toBe(0);
    });

    test('a loaded job is a value of its own', async () => {
      await store.save(changes(job('a')));
      const [first, second] = [await store.load(['a']), await store.load(['a'])];
      expect(first.get('a')).toEqual(second.get('a') as Job);
    });

    test('saves the next revision over the one before', async () => {
      await store.save(changes(job('a')));
      expect(await store.save(changes(job('a', { revision: 2, status: 'completed' })))).toEqual([]);
      expect((await store.load(['a'])).get('a')).toMatchObject({ revision: 2, status: 'completed' });
    });

    test('refuses any other revision, and keeps what it has', async () => {
      await store.save(changes(job('a')));
      await store.save(changes(job('a', { revision: 2 })));
      for (const revision of [1, 2, 4]) {
        const late = job('a', { revision, status: 'cancelled' });
        expect(await store.save(changes(late))).toEqual(['a']);
      }
      expect((await store.load(['a'])).get('a')).toMatchObject({ revision: 2, status: 'waiting' });
    });

    test('refuses a second revision of what was never stored', async () => {
      expect(await store.save(changes(job('a', { revision: 2 })))).toEqual(['a']);
      expect((await store.load(['a'])).size).toBe(0);
    });

    test('a conflict of one does not keep the others from being saved', async () => {
      await store.save(changes(job('a')));
      expect(await store.save(changes(job('b'), job('a'), job('c')))).toEqual(['a']);
      expect([...(await store.load(['a', 'b', 'c'])).keys()]).toEqual(['a', 'b', 'c']);
    });

    test('all or none: saves, changes and forgets all of it', async () => {
      await store.save(changes(job('a'), job('gone', { status: 'early' })));
      const unit = [
        { job: job('b') },
        { job: job('a', { revision: 2, status: 'completed' }) },
        { job: job('gone', { revision: 2 }), forget: true } as const,
      ];
      expect(await store.save(unit, { allOrNone: true })).toEqual([]);
      const stored = await store.load(['a', 'b', 'gone']);
      expect([...stored.keys()].sort()).toEqual(['a', 'b']);
      expect(stored.get('a')).toMatchObject({ revision: 2, status: 'completed' });
      expect(await store.countEarly(0)).toBe(0);
      expect(await store.save([], { allOrNone: true })).toEqual([]);
    });

    test('all or none: where any change conflicts nothing is saved, and all conflicts are named', async () => {
      const before = [job('a'), job('early', { status: 'early' }), job('moved'), job('odd\n"\\\0')];
      await store.save(changes(...before));
      await store.save(changes(job('moved', { revision: 2 })));
      const fine = [
        { job: job('new') },
        { job: job('a', { revision: 2, status: 'cancelled' }) },
        { job: job('early', { revision: 2 }), forget: true } as const,
      ];
      const bad = [
        [{ job: job('moved', { revision: 2 }) }, { job: job('odd\n"\\\0') }],
        [{ job: job('never', { revision: 2 }) }],
        [{ job: job('moved', { revision: 2 }), forget: true } as const],
      ];
      for (const conflicting of bad) {
        const conflicts = await store.save([...fine, ...conflicting], { allOrNone: true });
        expect([...conflicts].sort()).toEqual(conflicting.map((each) => each.job.workflowId).sort());
        const stored = await store.load(['a', 'early', 'moved', 'new', 'never']);
        expect([...stored].map(([id, { revision }]) => `${id} ${revision}`).sort()).toEqual([
          'a 1',
          'early 1',
          'moved 2',
        ]);
        expect(stored.get('a')?.status).toBe('waiting');
        expect(await store.countEarly(0)).toBe(1);
      }
      expect(await store.save(fine, { allOrNone: true })).toEqual([]);
    });

    test('all or none: of savers that race over several jobs one wins all of them', async () => {
      const racers = ['a', 'b', 'c', 'd'];
      for (let revision = 1; revision <= 5; revision++) {
        const lost = await Promise.all(
          racers.map((racer, turn) => {
            const unit = Array.from({ length: 10 }, (_, n) => job(`job-${n}`, { revision, input: racer }));
            return store.save(changes(...(turn % 2 === 0 ? unit : unit.toReversed())), { allOrNone: true });
          }),
        );
        const winner = racers.filter((_, turn) => lost[turn]?.length === 0);
        expect(winner).toHaveLength(1);
        const stored = await store.load(Array.from({ length: 10 }, (_, n) => `job-${n}`));
        expect([...stored.values()].map((each) => `${each.revision} ${each.input}`)).toEqual(
          Array.from({ length: 10 }, () => `${revision} ${winner[0]}`),
        );
      }
    });

    test('all or none: thousands at once', async () => {
      const many = Array.from({ length: 6_000 }, (_, n) => job(`job-${n}`));
      expect(await store.save(changes(...many, job('x', { revision: 2 })), { allOrNone: true })).toEqual([
        'x',
      ]);
      expect((await store.load(['job-0', 'job-5999'])).size).toBe(0);
      expect(await store.save(changes(...many), { allOrNone: true })).toEqual([]);
      expect((await store.load(many.map(({ workflowId }) => workflowId))).size).toBe(6_000);
    });

    test('of many savers that race for one revision exactly one wins, job by job', async () => {
      const racers = ['a', 'b', 'c', 'd', 'e'];
      for (let revision = 1; revision <= 5; revision++) {
        const lost = await Promise.all(
          racers.map((racer, turn) => {
            const batch = Array.from({ length: 20 }, (_, n) => job(`job-${n}`, { revision, input: racer }));
            return store.save(changes(...(turn % 2 === 0 ? batch : batch.toReversed())));
          }),
        );
        for (const [workflowId, winner] of await store.load(
          Array.from({ length: 20 }, (_, n) => `job-${n}`),
        )) {
          const winners = racers.filter((_, turn) => lost[turn]?.includes(workflowId) === false);
          expect(winners).toEqual([winner.input as string]);
          expect(winner.revision).toBe(revision);
        }
      }
    });

    test('a change and a forgetting that race: exactly one wins', async () => {
      await store.save(changes(job('a', { status: 'early' })));
      const next = job('a', { revision: 2 });
      const lost = await Promise.all([
        store.save([{ job: next }]),
        store.save([{ job: next, forget: true }]),
      ]);
      expect(lost.flat()).toEqual(['a']);
      expect((await store.load(['a'])).size).toBe(lost[0].length === 0 ? 1 : 0);
    });

    test('a batch of all kinds gives back the ids that conflict, and saves the others', async () => {
      await store.save(changes(...['changed', 'stale', 'gone', 'kept'].map((each) => job(each))));
      await store.save(changes(job('stale', { revision: 2, status: 'completed' })));
      const conflicts = await store.save([
        { job: job('kept', { revision: 3 }), forget: true },
        { job: job('new') },
        { job: job('changed', { revision: 2, input: 'changed' }) },
        { job: job('stale', { revision: 2, input: 'late' }) },
        { job: job('gone', { revision: 2 }), forget: true },
        { job: job('never', { revision: 2 }) },
        { job: job('nobody', { revision: 2 }), forget: true },
      ]);
      expect(conflicts.toSorted()).toEqual(['kept', 'never', 'nobody', 'stale']);
      const jobs = await store.load(['changed', 'stale', 'gone', 'kept', 'new', 'never', 'nobody']);
      expect([...jobs.keys()].sort()).toEqual(['changed', 'kept', 'new', 'stale']);
      expect(jobs.get('changed')).toMatchObject({ revision: 2, input: 'changed' });
      expect(jobs.get('stale')).toMatchObject({ revision: 2, status: 'completed' });
    });

    test('keeps ids apart that look alike', async () => {
      const alike = [
        'a',
        'A',
        'a ',
        ' a',
        '"a"',
        "'a'",
        '\\a',
        '\\\\a',
        'a\0',
        'a\\0',
        'a\\u0000',
        'a\n',
        'a\\n',
      ];
      const odd = [
        'NULL',
        '{}',
        '{a,b}',
        '%',
        '$1',
        '\u00e9',
        'e\u0301',
        '🧾',
        '\u2028',
        '\u{10ffff}',
        'x'.repeat(256),
      ];
      const all = [...alike, ...odd];
      expect(await store.save(changes(...all.map((each) => job(each, { input: each }))))).toEqual([]);
      const jobs = await store.load(all);
      expect(all.map((each) => jobs.get(each)?.input)).toEqual(all);
    });

    test('due gives the longest due first, of these partitions, up to the limit', async () => {
      const times = [50, 10, 40, 20, 30];
      await store.save(changes(...times.map((at, n) => job(`${at}`, { wakeAtMs: at, partition: n % 2 }))));
      await store.save(changes(job('never'), job('elsewhere', { wakeAtMs: 1, partition: 7 })));
      expect(ids(await store.due([0, 1], 40, 10))).toEqual(['10', '20', '30', '40']);
      expect(ids(await store.due([0, 1], 40, 2))).toEqual(['10', '20']);
      expect(ids(await store.due([1], 100, 10))).toEqual(['10', '20']);
      expect(await store.due([0, 1], 9, 10)).toEqual([]);
      expect(await store.due([], 100, 10)).toEqual([]);
    });

    test('due gives each job once, however often its partition is named', async () => {
      await store.save(changes(job('a', { wakeAtMs: 10 }), job('b', { wakeAtMs: 10, partition: 1 })));
      expect(ids(await store.due([0, 1, 0, 0], 10, 10)).sort()).toEqual(['a', 'b']);
    });

    test('what is saved and not yet published (time 0) is due at any time, before all else', async () => {
      await store.save(changes(job('later', { wakeAtMs: 5 }), job('now', { wakeAtMs: UNPUBLISHED_WAKE_MS })));
      expect(await store.nextDueMs([0])).toBe(UNPUBLISHED_WAKE_MS);
      expect(ids(await store.due([0], UNPUBLISHED_WAKE_MS, 10))).toEqual(['now']);
      expect(ids(await store.due([0], 1_700_000_000_000, 10))).toEqual(['now', 'later']);
    });

    test('due follows each change of the time', async () => {
      await store.save(changes(job('a', { wakeAtMs: 10 })));
      await store.save(changes(job('a', { revision: 2, wakeAtMs: 500 })));
      expect(await store.due([0], 100, 10)).toEqual([]);
      expect(ids(await store.due([0], 500, 10))).toEqual(['a']);
      await store.save(changes(job('a', { revision: 3, wakeAtMs: null })));
      expect(await store.due([0], 500, 10)).toEqual([]);
    });

    test('nextDueMs is the earliest time of these partitions', async () => {
      expect(await store.nextDueMs([0, 1])).toBeNull();
      await store.save(changes(job('a', { wakeAtMs: 30 }), job('b', { wakeAtMs: 20, partition: 1 })));
      expect(await store.nextDueMs([0])).toBe(30);
      expect(await store.nextDueMs([0, 1])).toBe(20);
      expect(await store.nextDueMs([2])).toBeNull();
      expect(await store.nextDueMs([])).toBeNull();
    });

    test('countOpen counts what waits for answers or events, and only that', async () => {
      const answered: Step = { ...question, outcome: { kind: 'answer', value: 1 } };
      const sleeping: Step = { ...question, kind: 'sleep', dueAtMs: 99 };
      const all = [
        job('asks', { steps: [answered, question] }),
        job('expects', { steps: [{ ...question, kind: 'expect' }] }),
        job('sleeps', { steps: [sleeping] }),
        job('answered', { steps: [answered] }),
        job('parked', { steps: [question], status: 'parked' }),
        job('done', { steps: [question], status: 'completed' }),
        job('elsewhere', { steps: [question], partition: 1 }),
      ];
      await store.save(changes(...all));
      expect([await store.countOpen(0), await store.countOpen(1), await store.countOpen(2)]).toEqual([
        2, 1, 0,
      ]);
      await store.save(changes(job('asks', { steps: [question], revision: 2, status: 'failed' })));
      expect(await store.countOpen(0)).toBe(1);
    });

    test('countEarly counts the early ones of the partition', async () => {
      const early = { status: 'early' } as const;
      await store.save(
        changes(job('a', early), job('b', early), job('c', { ...early, partition: 1 }), job('d')),
      );
      expect([await store.countEarly(0), await store.countEarly(1)]).toEqual([2, 1]);
      await store.save(changes(job('a', { revision: 2 })));
      expect(await store.countEarly(0)).toBe(1);
    });

    test('forgets a job on the same condition, and can then store it anew', async () => {
      await store.save(changes(job('gone', { status: 'early', wakeAtMs: 1 })));
      expect(await store.save([{ job: job('gone', { revision: 3 }), forget: true }])).toEqual(['gone']);
      expect(await store.save([{ job: job('gone', { revision: 2 }), forget: true }])).toEqual([]);
      expect((await store.load(['gone'])).size).toBe(0);
      expect(await store.countEarly(0)).toBe(0);
      expect(await store.save(changes(job('gone')))).toEqual([]);
    });

    test('counts follow a job that changes its partition, and one that is forgotten', async () => {
      const open = { steps: [question], wakeAtMs: 7 };
      await store.save(changes(job('moves', open), job('goes', { ...open, partition: 1 })));
      if (under.keepsPartition === true) {
        const moved = store.save(changes(job('moves', { ...open, revision: 2, partition: 1 })));
        expect(String(await failure(moved))).toContain('must lie in one partition');
        return;
      }
      await store.save(changes(job('moves', { ...open, revision: 2, partition: 1 })));
      expect([await store.countOpen(0), await store.countOpen(1)]).toEqual([0, 2]);
      await store.save([{ job: job('goes', { revision: 2, partition: 1 }), forget: true }]);
      expect(await store.countOpen(1)).toBe(1);
      expect(await store.nextDueMs([0])).toBeNull();
      expect(ids(await store.due([1], 7, 10))).toEqual(['moves']);
    });

    test('saves nothing when there is nothing to save', async () => {
      expect(await store.save([])).toEqual([]);
    });

    test('is closed after close', async () => {
      await store.save(changes(job('a')));
      await store.close();
      const calls = [
        store.load(['a']),
        store.load([]),
        store.save(changes(job('b'))),
        store.save([]),
        store.due([0], 1, 1),
        store.nextDueMs([0]),
        store.countOpen(0),
        store.countEarly(0),
      ];
      expect(await Promise.all(calls.map(failure))).toEqual(calls.map(() => 'closed'));
      await store.close();
    });

    test('saves and loads thousands at once', async () => {
      const many = Array.from({ length: 3_000 }, (_, n) => job(`job-${n}`, { steps: [question] }));
      expect(await store.save(changes(...many))).toEqual([]);
      expect((await store.load(many.map(({ workflowId }) => workflowId))).size).toBe(3_000);
      expect(await store.countOpen(0)).toBe(3_000);
    });
  });
}
