import { describe, expect, test } from 'bun:test';
import type { IncomingRecord, OutgoingRecord } from '../../../../core/mod.ts';
import { isJob, JobEntry } from '../../../../services/platform/store/kafka/cache.ts';
import { entryIn, recordOf } from '../../../../services/platform/store/kafka/job-records.ts';
import { jobOf } from './copies.ts';

const TOPIC = 'jobs-test';

const incoming = ({ key = null, value, headers = {} }: OutgoingRecord): IncomingRecord => ({
  ...{ topic: TOPIC, partition: 0, offset: 0, timestampMs: 0 },
  ...{ key, value, headers },
});

describe('jobs as records', () => {
  const sleeping = { ...jobOf('a', 0, 3), wakeAtMs: 1_700_000_000_000, status: 'early' as const };
  const asking = {
    ...jobOf('b', 0, 1),
    wakeAtMs: null,
    steps: [
      {
        kind: 'ask' as const,
        name: 'x',
        payload: null,
        askedAtMs: 1,
        dueAtMs: null,
        attempts: 1,
        outcome: null,
      },
    ],
  };

  test('a header tells what a copy finds a job by, without its text being read', () => {
    for (const job of [sleeping, asking]) {
      const entry = JobEntry.of(job);
      const record = recordOf(TOPIC, 0, entry);
      const unread = entryIn(incoming({ ...record, value: 'no JSON' }));
      expect(unread !== null && isJob(unread) ? unread.facts : null).toEqual(entry.facts);
      const read = entryIn(incoming(record));
      expect(read !== null && isJob(read) ? read.job : null).toEqual(job);
    }
  });

  test('a record without the header, or with one that is not known, is read', () => {
    const { headers: _, ...plain } = recordOf(TOPIC, 0, JobEntry.of(asking));
    for (const text of [
      undefined,
      '',
      '1 waiting',
      '1 dreaming 1 -',
      '-1 waiting 0 -',
      '1 waiting 1 - more',
    ]) {
      const entry = entryIn(incoming({ ...plain, headers: text === undefined ? {} : { facts: text } }));
      expect(entry !== null && isJob(entry) ? entry.facts : null).toEqual(JobEntry.of(asking).facts);
    }
  });

  test('a job that was forgotten is a removal, and what is no job is told from it', () => {
    const removal = { workflowId: 'a', body: null };
    expect(entryIn(incoming(recordOf(TOPIC, 0, removal)))).toEqual(removal);
    for (const value of ['', 'null', '{}', '{"workflowId":1,"revision":1}', Uint8Array.of(255)])
      expect(entryIn(incoming({ topic: TOPIC, partition: 0, key: 'a', value }))).toBeNull();
  });
});
