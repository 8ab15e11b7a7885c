import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { Consumer, IncomingRecord, Job, OutgoingRecord } from '../../../core/mod.ts';
import type { Embedded } from '../../../services/platform/transport/embedded/open.ts';
import type { EmbeddedTransport } from '../../../services/platform/transport/embedded/transport.ts';
import { job } from '../../contracts/job-store.ts';
import { failure, record, take } from '../../contracts/support.ts';
import { Stage } from './support.ts';

let stage: Stage;
let embedded: Embedded;
let consumer: Consumer;
let read: IncomingRecord;

beforeEach(async () => {
  stage = new Stage();
  embedded = stage.open();
  await embedded.transport.createTopics([{ name: 'queue', partitions: 1 }]);
  await embedded.transport.publish([record('queue', 0, 'work')]);
  consumer = await embedded.transport.join({ group: 'engine', topics: ['queue'] });
  [read] = (await take(consumer, 1)) as [IncomingRecord];
});
afterEach(() => stage.clear());

function commit(jobs: readonly Job[], records: readonly OutgoingRecord[]): Promise<void> {
  const [first = null, ...others] = jobs.map((each) => ({ job: each }));
  const decided = [{ change: first, records }, ...others.map((change) => ({ change, records: [] }))];
  return embedded.commit(consumer, {
    decided,
    offsets: [{ topic: 'queue', partition: 0, offset: read.offset + 1 }],
  });
}

async function expectNothingDone(): Promise<void> {
  expect((await embedded.jobStore.load(['new'])).size).toBe(0);
  expect(await embedded.transport.endOffsets('queue')).toEqual([1]);
  await consumer.rewind();
  expect((await take(consumer, 1))[0]).toEqual(read);
}

test('jobs, records and offsets are done together', async () => {
  await commit([job('new')], [record('queue', 0, 'effect')]);
  expect((await embedded.jobStore.load(['new'])).size).toBe(1);
  expect((await take(consumer, 1))[0]?.value).toBe('effect');
});

test('a job of another revision undoes all of the unit', async () => {
  await embedded.jobStore.save([{ job: job('taken') }]);
  const unit = commit([job('new'), job('taken')], [record('queue', 0, 'effect')]);
  expect(await failure(unit)).toBe('fenced');
  await expectNothingDone();
});

test('after a conflict, poll goes on from what is committed without being told', async () => {
  await embedded.jobStore.save([{ job: job('taken') }]);
  expect(await failure(commit([job('taken')], []))).toBe('fenced');
  expect((await take(consumer, 1))[0]).toEqual(read);
});

test('a record that can not be published undoes all of the unit', async () => {
  expect(await failure(commit([job('new')], [record('nowhere', 0, 'effect')]))).toBe('unknown-topic');
  await expectNothingDone();
});

test('a lost partition undoes all of the unit', async () => {
  await (embedded.transport as EmbeddedTransport).expire(consumer);
  const usurper = await stage.open().transport.join({ group: 'engine', topics: ['queue'] });
  await usurper.poll({ maxRecords: 1, waitMs: 0 });
  expect(await failure(commit([job('new')], [record('queue', 0, 'effect')]))).toBe('fenced');
  await usurper.close();
  await expectNothingDone();
});

test('a unit that fails does not harm another in the same transaction', async () => {
  const bad = commit([job('new')], [record('nowhere', 0, 'effect')]);
  const good = embedded.transport.publish([record('queue', 0, 'good')]);
  expect(await failure(bad)).toBe('unknown-topic');
  await good;
  expect(await embedded.transport.endOffsets('queue')).toEqual([2]);
  expect((await embedded.jobStore.load(['new'])).size).toBe(0);
});

test('polls that never wait leave room for timers, and so for heartbeats', async () => {
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 1);
  const giveUpAt = performance.now() + 5_000;
  while (!fired && performance.now() < giveUpAt) await consumer.poll({ maxRecords: 1, waitMs: 0 });
  expect(fired).toBe(true);
});

test('a member whose event loop was blocked finds itself fenced', async () => {
  const memberTimeoutMs = 200;
  // none of its heartbeats comes in between, as one may where the loop is free again before the other has joined
  const silent = { heartbeatMs: 60_000, memberTimeoutMs };
  const blocked = await stage.open(silent).transport.join({ group: 'blocked', topics: ['queue'] });
  const offsets = (await take(blocked, 1)).map((each) => ({
    topic: 'queue',
    partition: 0,
    offset: each.offset + 1,
  }));
  Bun.sleepSync(400);
  const other = await stage
    .open({ heartbeatMs: 20, memberTimeoutMs })
    .transport.join({ group: 'blocked', topics: ['queue'] });
  expect(await failure(blocked.commit({ records: [], offsets }))).toBe('fenced');
  expect((await take(other, 1))[0]).toEqual(read);
});

test('a consumer of another data directory is refused', async () => {
  const elsewhere = new Stage();
  const unit = elsewhere.open().commit(consumer, { decided: [], offsets: [] });
  expect(await failure(unit)).toBeInstanceOf(TypeError);
  await elsewhere.clear();
});
