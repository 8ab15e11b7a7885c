import { consumerWith } from '../../../core/messages/consumer-with.ts';
import { MemoryLog } from '../../../core/messages/memory-log.ts';
import type { Consumer, TransportUnit } from '../../../core/messages/transport.ts';
import { TransportError } from '../../../core/messages/transport.ts';
import type { Job } from '../../../core/workflow/job.ts';
import { MemoryJobStore } from '../../../core/workflow/memory-store.ts';
import { commitInOrder, type Decided, type UnitOfWork } from '../../../core/workflow/unit-of-work.ts';
import { assert, test } from '../../harness.ts';

function job(workflowId: string, revision: number): Job {
  return {
    workflowId,
    workflowType: 'any',
    version: 1,
    partition: 0,
    revision,
    status: 'waiting',
    createTime: '2020-04-15T14:24:11Z',
    contentHash: '',
    input: null,
    steps: [],
    inbox: [],
    seenOffsets: {},
    wakeAtMs: null,
    problem: null,
    events: [],
    resultHash: null,
    outcomeHashes: null,
    traceparent: null,
  };
}

/** A change of a job with one record that tells of it. */
function decided(workflowId: string, revision: number): Decided {
  const record = { topic: 'told', partition: 0, key: workflowId, value: `${workflowId} ${revision}` };
  return { change: { job: job(workflowId, revision) }, records: [record] };
}

/** A log with one record that was read, and a store of jobs in which `moved` is two revisions on. */
class Scene {
  readonly log: MemoryLog = new MemoryLog();
  readonly store: MemoryJobStore = new MemoryJobStore();
  consumer: Consumer | null = null;
  /** What the consumer was given to commit. */
  readonly units: TransportUnit[] = [];

  async commit(unit: Omit<UnitOfWork, 'offsets'>): Promise<string> {
    await this.log.createTopics(['asked', 'told'].map((name) => ({ name, partitions: 1 })));
    await this.log.publish([{ topic: 'asked', partition: 0, key: 'k', value: 'v' }]);
    await this.store.save([{ job: job('moved', 1) }]);
    await this.store.save([{ job: job('moved', 2) }]);
    const member = await this.log.join({ group: 'g', topics: ['asked'] });
    this.consumer = consumerWith(member, {
      commit: (given) => {
        this.units.push(given);
        return member.commit(given);
      },
    });
    assert.equal((await this.consumer.poll({ maxRecords: 1, waitMs: 0 })).length, 1);
    const offsets = [{ topic: 'asked', partition: 0, offset: 1 }];
    try {
      await commitInOrder(this.store)(this.consumer, { ...unit, offsets });
      return 'done';
    } catch (error) {
      assert.ok(error instanceof TransportError);
      return error.code;
    }
  }

  async saved(): Promise<string[]> {
    const jobs = [...(await this.store.load(['a', 'b', 'moved'])).values()];
    return jobs.map(({ workflowId, revision }) => `${workflowId} ${revision}`);
  }

  async told(): Promise<unknown[]> {
    const reader = await this.log.read({ topics: ['told'], from: () => 0 });
    return (await reader.poll({ maxRecords: 10, waitMs: 0 })).map(({ value }) => value);
  }

  /** What was read is delivered again. */
  async isUncommitted(): Promise<boolean> {
    await this.consumer?.rewind();
    return (await this.consumer?.poll({ maxRecords: 1, waitMs: 0 }))?.length === 1;
  }
}

test('all or none: without a conflict all is saved, published and committed', async () => {
  const scene = new Scene();
  assert.equal(await scene.commit({ decided: [decided('a', 1), decided('b', 1)], allOrNone: true }), 'done');
  assert.deepEqual(await scene.saved(), ['a 1', 'b 1', 'moved 2']);
  assert.deepEqual(await scene.told(), ['a 1', 'b 1']);
  assert.equal(await scene.isUncommitted(), false);
});

test('all or none: one conflict fences the unit, and nothing is saved, published or committed', async () => {
  const scene = new Scene();
  const unit = [decided('a', 1), decided('moved', 2), decided('b', 1)];
  assert.equal(await scene.commit({ decided: unit, allOrNone: true }), 'fenced');
  assert.deepEqual(await scene.saved(), ['moved 2']);
  assert.deepEqual(await scene.told(), []);
  assert.equal(await scene.isUncommitted(), true);
});

test('all or none: a conflict of what time brought fences the unit as well', async () => {
  const scene = new Scene();
  const unit: Decided[] = [decided('a', 1), { ...decided('moved', 2), byTime: true }];
  assert.equal(await scene.commit({ decided: unit, allOrNone: true }), 'fenced');
  assert.deepEqual(await scene.saved(), ['moved 2']);
  assert.deepEqual(await scene.told(), []);
});

test('each for itself: a conflict fences the unit, and the others are saved before it is decided again', async () => {
  const scene = new Scene();
  assert.equal(await scene.commit({ decided: [decided('a', 1), decided('moved', 2)] }), 'fenced');
  assert.deepEqual(await scene.saved(), ['a 1', 'moved 2']);
  assert.deepEqual(await scene.told(), []);
  assert.equal(await scene.isUncommitted(), true);
});

test('what is saved apart from the log is committed when others are: a repeat would find it saved', async () => {
  const scene = new Scene();
  assert.equal(await scene.commit({ decided: [decided('a', 1)] }), 'done');
  assert.deepEqual(
    scene.units.map(({ records, offsetsMayWait }) => [records.length, offsetsMayWait]),
    [[1, true]],
  );
});
