// A report that was saved and not published, as its process died in between, is told with the job's next decision,
// whichever record that comes from.
import type { IncomingRecord } from '../../../core/messages/record.ts';
import type { JobReport } from '../../../core/messages/schemas.ts';
import { topics } from '../../../core/messages/topics.ts';
import { type BatchDecision, decideBatch } from '../../../core/workflow/batch.ts';
import { Definitions } from '../../../core/workflow/definitions.ts';
import { take } from '../../../core/workflow/intake.ts';
import type { Job } from '../../../core/workflow/job.ts';
import { assert, test } from '../../harness.ts';
import { answer, command, event, PARTITIONS, start } from './support.ts';
import { twoQuestions } from './workflows.ts';

const definitions = new Definitions([twoQuestions]);

/** Decides one record on the job as it is stored. */
function decided(record: IncomingRecord, job: Job | undefined, isTold: boolean): BatchDecision {
  const jobs = new Map(job === undefined ? [] : [[job.workflowId, job]]);
  return decideBatch(
    [take(record, definitions, PARTITIONS)],
    { jobs, earlyJobs: new Map() },
    {
      definitions,
      nowMs: 1_000_000,
      earlyWaitMs: 60_000,
      maxEarlyJobs: 10,
      finished: 'keep',
      isTold: () => isTold,
    },
  );
}

function jobOf({ decided: [only] }: BatchDecision): Job {
  if (only?.change == null) throw new Error('nothing was changed');
  return only.change.job;
}

/** `revision: what happened`, of each report that is published. */
const told = ({ decided: all }: BatchDecision): readonly string[] =>
  all
    .flatMap(({ records }) => records)
    .filter(({ topic }) => topic === topics.workflowEvents)
    .map(({ value }) => JSON.parse(String(value)) as JobReport)
    .map(({ revision, events }) => `${revision}: ${events.map((each) => each.event).join(' ')}`);

test('a report that may have been cut off is told with the next decision, under its own revision', () => {
  const begun = jobOf(decided(start('w', 'a'), undefined, false));
  const answered = jobOf(decided(answer('w', 'a', 0, 'one'), begun, true));
  // its process died here; what comes first to the next owner is another record
  const cancelled = decided(command('w', 'a', 'cancel'), answered, false);
  assert.deepEqual(told(cancelled), ['2: answered asked', '3: cancelled']);
});

test('reports that are cut off again and again are all kept until one decision tells them', () => {
  const begun = jobOf(decided(start('w', 'a'), undefined, false));
  const answered = jobOf(decided(answer('w', 'a', 0, 'one'), begun, false));
  const noted = jobOf(decided(event('orders', 'a', 'x'), answered, false));
  const ended = decided(answer('w', 'a', 1, 'two'), noted, false);
  assert.deepEqual(told(ended), ['1: started asked', '2: answered asked', '4: answered completed']);
});

test('a repeat tells a report under the revision that it is of, not under that of a change without one', () => {
  const record = start('w', 'a');
  const begun = jobOf(decided(record, undefined, false));
  const noted = jobOf(decided(event('orders', 'a', 'x'), begun, false));
  assert.equal(noted.revision, 2);
  assert.deepEqual(told(decided(record, noted, false)), ['1: started asked']);
});

test('what is known to be told is not told again, nor kept', () => {
  const begun = jobOf(decided(start('w', 'a'), undefined, true));
  const answered = decided(answer('w', 'a', 0, 'one'), begun, true);
  assert.deepEqual(told(answered), ['2: answered asked']);
  const noted = jobOf(decided(event('orders', 'a', 'x'), jobOf(answered), true));
  assert.deepEqual([noted.events, noted.untold], [[], undefined]);
});

test('what a job gave up as it ended is told again with its end', () => {
  const begun = jobOf(decided(start('w', 'a'), undefined, true));
  const noted = jobOf(decided(event('orders', 'a', 'x'), begun, true));
  const answered = jobOf(decided(answer('w', 'a', 0, 'one'), noted, true));
  const last = answer('w', 'a', 1, 'two');
  const ended = decided(last, answered, true);
  const again = decided(last, jobOf(ended), false);
  const letters = ({ decided: all }: BatchDecision): readonly unknown[] =>
    all.flatMap(({ records }) => records).filter(({ topic }) => topic === topics.deadLetters);
  assert.equal(letters(ended).length, 1);
  assert.deepEqual(letters(again), letters(ended));
});
