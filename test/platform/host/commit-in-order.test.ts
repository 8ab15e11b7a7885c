import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import {
  type Consumer,
  decode,
  JobReport,
  type Transport,
  TransportError,
  topics,
  workflow,
} from '../../../core/mod.ts';
import {
  awaitWorkflow,
  type Backing,
  openBacking,
  serveAnswers,
  serveWorkflows,
  startWorkflow,
} from '../../../services/platform/bun.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { readTopic } from '../../support/read-topic.ts';

// Job store and log as separate things: a crash between saving and publishing must lose nothing (invariant 5).

const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

/** The transport, but every second commit that publishes something fails: what was saved before it stays saved. */
function failing(transport: Transport, failures: { count: number }): Transport {
  const wrap = (consumer: Consumer): Consumer =>
    new Proxy(consumer, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        if (name !== 'commit') return member.bind(target) as unknown;
        let turn = 0;
        return async (unit: Parameters<Consumer['commit']>[0]) => {
          if (unit.records.length > 0 && turn++ % 2 === 0) {
            failures.count++;
            throw new TransportError('unavailable', 'the log went away between saving and publishing');
          }
          return target.commit(unit);
        };
      },
    });
  const commits = new WeakMap<Consumer, Consumer>();
  return new Proxy(transport, {
    get: (target, name) => {
      const member = Reflect.get(target, name) as unknown;
      if (name === 'join') {
        return async (options: Parameters<Transport['join']>[0]) => {
          const consumer = await target.join(options);
          const wrapped = commits.get(consumer) ?? once(wrap(consumer));
          commits.set(consumer, wrapped);
          return wrapped;
        };
      }
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** The same function for each read of `commit`, so that it keeps its turn. */
function once(consumer: Consumer): Consumer {
  const commit = consumer.commit;
  return new Proxy(consumer, {
    get: (target, name) => (name === 'commit' ? commit : (Reflect.get(target, name) as unknown)),
  });
}

async function reports(backing: Backing): Promise<JobReport[]> {
  const found = await readTopic(backing.transport, topics.workflowEvents);
  return found.map(({ value }) => {
    const report = decode<JobReport>(value, JobReport);
    if (!report.ok) throw new Error(report.detail);
    return report.value;
  });
}

test('every workflow ends once, with its whole story, though every other publication fails after the save', async () => {
  const visit = workflow({
    type: 'visit',
    version: 1,
    input: Type.Object({ guest: Type.String() }),
    *run({ ask, sleep }, { guest }) {
      const room = yield* ask('room', { guest }, Type.String());
      yield* sleep('50ms');
      const key = yield* ask('key', { room }, Type.String());
      return `${guest}: ${room}, ${key}`;
    },
  });
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-order-'));
  const backing = await openBacking({ dataDir, jobStore: 'sqlite' });
  open.push({ stop: () => backing.close() });
  const failures = { count: 0 };
  const unreliable: Backing = { ...backing, transport: failing(backing.transport, failures) };
  open.push(await serveWorkflows([visit], { backing: unreliable, logger }));
  open.push(await serveAnswers({ room: () => '12', key: () => 'brass' }, { backing, logger }));
  const ids = Array.from({ length: 20 }, (_, at) => `v-${at}`);
  await Promise.all(ids.map((id) => startWorkflow(visit, id, { guest: id }, { backing })));
  for (const id of ids) {
    expect(await awaitWorkflow(id, '60s', { backing })).toEqual({
      status: 'completed',
      result: `${id}: 12, brass`,
    });
  }
  expect(failures.count).toBeGreaterThan(3);
  const stories = new Map<string, Map<number, string>>();
  for (const { 'workflow-id': id, revision, events } of await reports(backing)) {
    const story = stories.get(id) ?? new Map<number, string>();
    stories.set(id, story);
    const said = JSON.stringify(events);
    // a revision told again is told the same
    expect(story.get(revision) ?? said).toBe(said);
    story.set(revision, said);
  }
  for (const id of ids) {
    const told = [...(stories.get(id) ?? [])]
      .sort(([one], [other]) => one - other)
      .map(([, said]) => said)
      .join('');
    expect(told.match(/"event":"completed"/g)).toEqual(['"event":"completed"']);
    expect(told.match(/"event":"asked"/g)?.length).toBe(2);
  }
}, 90_000);
