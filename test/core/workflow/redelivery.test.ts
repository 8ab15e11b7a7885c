import type { OutgoingRecord } from '../../../core/messages/record.ts';
import type { Consumer } from '../../../core/messages/transport.ts';
import { TransportError } from '../../../core/messages/transport.ts';
import { decideDueJobs } from '../../../core/workflow/batch.ts';
import type { Job } from '../../../core/workflow/job.ts';
import type { JobStore } from '../../../core/workflow/store.ts';
import { commitInOrder } from '../../../core/workflow/unit-of-work.ts';
import { assert, test } from '../../harness.ts';
import { answer, command, endedAs, event, Scene, start } from './support.ts';
import { bothAtOnce, catching, define, limited, sleepThenAsk, Text, twoQuestions } from './workflows.ts';

test('a crash after the save: the record comes again, and all that it caused is published (invariant 5)', () => {
  const scene = new Scene([twoQuestions]);
  for (const record of [start('w', 'a'), answer('w', 'a', 0, 'one'), answer('w', 'a', 1, 'two')]) {
    const { records } = scene.when(record);
    const again = scene.when(record);
    endedAs(again, 'repeat');
    assert.deepEqual(again.records, records);
  }
});

test('a crash before the save: the record comes again, and the same is decided (invariant 5)', () => {
  const scene = new Scene([twoQuestions]);
  const record = start('w', 'a');
  const { records } = scene.decide([record]);
  assert.deepEqual(scene.when(record).records, records);
});

test('a question saved but not published is asked when its record comes again behind a new one', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(start('w', 'a'));
  const lost = answer('w', 'a', 0, 'one');
  scene.when(lost); // saved as revision 2, and never published
  for (const batch of [
    [event('orders', 'a', 'x'), lost],
    [lost, event('orders', 'a', 'y')],
  ]) {
    const { questions, reports } = scene.decide(batch);
    assert.deepEqual(questions, ['1 second']);
    assert.deepEqual(
      reports[0]?.events.map((each) => each.event),
      ['answered', 'asked'],
    );
    assert.equal(reports[0]?.revision, 2);
  }
});

test('a question saved but not published is asked even after the job has moved on in a batch of its own', () => {
  const scene = new Scene([twoQuestions]);
  const lost = answer('w', 'a', 0, 'one');
  scene.when(start('w', 'a'));
  scene.when(lost);
  scene.when(event('orders', 'a', 'x'));
  const { questions, events } = scene.when(lost);
  assert.deepEqual([questions, events], [['1 second'], ['answered', 'asked']]);
});

test('a repeat of an old record asks what is still open, and nothing that was answered', () => {
  const scene = new Scene([bothAtOnce]);
  const record = start('w', 'a');
  scene.when(record, answer('w', 'a', 0, 'left'));
  assert.deepEqual(scene.when(record).questions, ['1 right']);
  scene.when(answer('w', 'a', 1, 'right'));
  const again = scene.when(record);
  assert.deepEqual([again.questions, again.events], [[], ['answered', 'completed']]);
});

test('a repeat reports the revision that is stored, so that readers know it (invariant 5)', () => {
  const scene = new Scene([twoQuestions]);
  const record = start('w', 'a');
  scene.when(record);
  scene.nowMs += 5000;
  assert.deepEqual(
    scene.when(record).reports.map(({ revision }) => revision),
    [1],
  );
  assert.equal(scene.job('a').revision, 1);
});

test('a tombstone publishes nothing again: its unit of work was atomic', () => {
  const scene = new Scene([twoQuestions], { finished: 'tombstone' });
  const records = [start('w', 'a'), answer('w', 'a', 0, 'x'), answer('w', 'a', 1, 'y')];
  scene.when(...records);
  assert.deepEqual(scene.when(...records).records, []);
});

test('everything read again from the earliest record changes no job (invariants 1, 3, 4)', () => {
  const scene = new Scene([twoQuestions, catching].slice(0, 1));
  const records = [
    start('w', 'a'),
    answer('w', 'b', 0, 'early'),
    start('w', 'b'),
    answer('w', 'a', 0, 'x'),
    event('orders', 'b', 1),
    answer('w', 'a', 1, 'y'),
    command('w', 'b', 'retry'),
  ];
  for (const record of records) scene.when(record);
  const before = scene.jobs;
  for (const record of records) scene.when(record);
  scene.when(...records);
  assert.deepEqual(scene.jobs, before);
});

test('a job that has nothing due is left alone by a tick', () => {
  const scene = new Scene([twoQuestions]);
  scene.when(start('w', 'a'));
  assert.deepEqual(decideDueJobs(scene.jobs, scene.context()), []);
});

/** A store and a log that are separate things, either of which may fail. */
class TwoThings {
  readonly published: OutgoingRecord[] = [];
  readonly scene: Scene;
  down = false;
  conflicting: readonly string[] = [];

  constructor(scene: Scene) {
    this.scene = scene;
  }

  async commit(decided: Parameters<Scene['save']>[0]): Promise<void> {
    const { scene, published } = this;
    const store = {
      save: async (changes: readonly { job: Job; forget?: true }[]) => {
        const kept = changes.filter(({ job }) => {
          const stored = scene.find(job.workflowId)?.revision ?? 0;
          return stored === job.revision - 1 && !this.conflicting.includes(job.workflowId);
        });
        scene.save(kept.map((change) => ({ change, records: [] })));
        return changes.filter((change) => !kept.includes(change)).map(({ job }) => job.workflowId);
      },
    } as unknown as JobStore;
    const consumer = {
      commit: async ({ records }: { records: readonly OutgoingRecord[] }) => {
        if (this.down) throw new TransportError('unavailable', 'down');
        published.push(...records);
      },
    } as unknown as Consumer;
    await commitInOrder(store)(consumer, { decided, offsets: [] });
  }

  /** A tick through the unit of work; whether the log took it. */
  async tick(ms: number): Promise<boolean> {
    const { scene } = this;
    scene.nowMs += ms;
    const due = scene.jobs.filter(({ wakeAtMs }) => wakeAtMs !== null && wakeAtMs <= scene.nowMs);
    try {
      await this.commit(decideDueJobs(due, scene.context()));
      return true;
    } catch (error) {
      assert.ok(error instanceof TransportError);
      return false;
    }
  }

  topicsPublished(): string[] {
    return this.published.splice(0).map(({ topic }) => topic);
  }
}

test('a tick cut off between save and publish is driven on by the next, which then lets go (invariant 5)', async () => {
  const scene = new Scene([sleepThenAsk]);
  const things = new TwoThings(scene);
  scene.when(start('w', 'a'));
  things.down = true;
  assert.equal(await things.tick(3_600_000), false);
  assert.equal(scene.job('a').steps.length, 2);
  things.down = false;
  assert.equal(await things.tick(1), true);
  assert.deepEqual(things.topicsPublished(), ['questions-topic', 'workflow-events']);
  await things.tick(1);
  assert.deepEqual(things.topicsPublished(), []);
  assert.equal(scene.job('a').wakeAtMs, null);
});

test('a tick that was cut off is driven on by any record of the job as well (invariant 5)', async () => {
  const scene = new Scene([sleepThenAsk]);
  const things = new TwoThings(scene);
  scene.when(start('w', 'a'));
  things.down = true;
  await things.tick(3_600_000);
  assert.deepEqual(scene.when(event('orders', 'a', 'x')).questions, ['1 late']);
});

test('a tick that went well publishes once, and the next limit still fires', async () => {
  const scene = new Scene([limited]);
  const things = new TwoThings(scene);
  scene.when(start('w', 'a'));
  await things.tick(10_000);
  assert.deepEqual(things.topicsPublished(), ['questions-topic', 'workflow-events']);
  await things.tick(9_999);
  assert.deepEqual(things.topicsPublished(), []);
  await things.tick(1);
  assert.deepEqual([things.topicsPublished(), scene.job('a').status], [['workflow-events'], 'failed']);
});

test('early answers given up while the log is away reach the dead letters once it is back (invariant 6)', async () => {
  const scene = new Scene([twoQuestions]);
  const things = new TwoThings(scene);
  scene.when(answer('w', 'a', 0, 'x'));
  things.down = true;
  await things.tick(60_000);
  things.down = false;
  await things.tick(1);
  assert.deepEqual([things.topicsPublished(), scene.find('a')], [['dead-letters'], undefined]);
});

test('a record whose job was changed meanwhile is not committed, but decided again (invariant 5)', async () => {
  const scene = new Scene([twoQuestions]);
  const things = new TwoThings(scene);
  const { decided } = scene.decide([start('w', 'a'), start('w', 'b')]);
  things.conflicting = ['a'];
  await assert.rejects(
    things.commit(decided),
    (error) => error instanceof TransportError && error.code === 'fenced' && error.canRetry,
  );
  assert.deepEqual(things.published, []);
  things.conflicting = [];
  const again = scene.decide([start('w', 'a'), start('w', 'b')]);
  await things.commit(again.decided);
  assert.deepEqual(again.questions.toSorted(), ['0 first', '0 first']);
});

test('what time decided for a job that was changed meanwhile is dropped', async () => {
  const scene = new Scene([
    define(function* ({ ask }) {
      yield* ask('x', {}, Text, { timeLimit: '10s' });
    }),
  ]);
  const things = new TwoThings(scene);
  scene.when(start('w', 'a'));
  scene.nowMs += 10_000;
  const decided = decideDueJobs(scene.jobs, scene.context());
  scene.when(answer('w', 'a', 0, 'just in time'));
  await things.commit(decided);
  assert.deepEqual([things.published, scene.job('a').status], [[], 'completed']);
});
