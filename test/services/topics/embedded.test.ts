import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partitionFor, topics } from '../../../core/mod.ts';
import { ourTopicSpecs } from '../../../services/platform/topics/ours.ts';
import { openEmbedded } from '../../../services/platform/transport/embedded/open.ts';
import { record, take } from '../../contracts/support.ts';
import { runCommand } from '../../support/run-command.ts';
import { lineOf, runTopics } from './support.ts';

const ours = ourTopicSpecs(1).map(({ name }) => name);
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'requite-topics-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const run = (line: string, env: Record<string, string> = {}) =>
  runTopics(line, { DATA_DIR: dataDir, ...env });

test('--help explains the commands, what a trim means, and the settings', async () => {
  const { status, out } = await run('--help');
  expect(status).toBe(0);
  for (const word of [
    'create',
    'list',
    'trim',
    '--dry-run',
    'never sees what was deleted',
    'REPLICATION',
    'BROKERS',
  ])
    expect(out).toContain(word);
});

const wrong: readonly [string, Record<string, string>, string][] = [
  ['frobnicate', {}, 'choose among create, list, trim, publish, read'],
  ['list --frob', {}, "Unknown option '--frob'"],
  ['trim --topics customers', {}, 'compacted'],
  ['trim --topics instances', {}, 'compacted'],
  ['trim --topics billing-runs,workflow-queue', {}, 'billing-runs: compacted'],
  ['list', { PARTITIONS: 'many' }, 'a whole number from 1 to 1024'],
  ['list', { BROKERS: 'nowhere' }, 'give host:port'],
];
for (const [line, env, advice] of wrong) {
  test(`"topics ${line}" with ${JSON.stringify(env)} exits with 2, says why, and points to --help`, async () => {
    await run('create');
    const { status, out, err } = await run(line, env);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(advice);
    expect(err).toContain('--help');
  });
}

test('create makes what is missing and says so for each topic; again, all of it is there already', async () => {
  const first = await run('create', { PARTITIONS: '3', TOPICS_AUTOCREATE: 'false' });
  expect(first).toMatchObject({ status: 0, err: '' });
  const names = ours;
  for (const name of names) expect(first.out).toMatch(new RegExp(`^${name} +created, 3 partitions$`, 'm'));
  const again = await run('create');
  expect(again).toMatchObject({ status: 0, err: '' });
  for (const name of names)
    expect(again.out).toMatch(new RegExp(`^${name} +there already, 3 partitions$`, 'm'));
});

test('create refuses another partition count than the topics have, and says what to do', async () => {
  await run('create', { PARTITIONS: '3' });
  const { status, err } = await run('create', { PARTITIONS: '5' });
  expect(status).toBe(1);
  expect(err).toContain('leave PARTITIONS unset');
});

test('list and trim of a directory without a log say where to look, and make nothing', async () => {
  const nowhere = join(dataDir, 'nowhere');
  for (const line of ['list', 'trim']) {
    const { status, err } = await run(line, { DATA_DIR: nowhere });
    expect(status).toBe(3);
    expect(err).toContain('set DATA_DIR');
  }
  expect(existsSync(nowhere)).toBe(false);
});

/** Four records on workflow-queue, of which the engine has passed three and an audit two; one on workflow-events. */
async function fill(): Promise<void> {
  const { transport, close } = openEmbedded(dataDir);
  const queue = topics.workflowQueue;
  await transport.publish(['a', 'b', 'c', 'd'].map((value) => record(queue, 1, value)));
  await transport.publish([record(topics.workflowEvents, 0, 'e'), record(topics.questions, 2, 'q')]);
  const reads = [
    ['engine', queue, 1, 3],
    ['audit', queue, 1, 2],
    ['bill-writer', topics.workflowEvents, 0, 1],
    ['audit', topics.questions, 2, 1],
  ] as const;
  for (const [group, topic, partition, offset] of reads) {
    const member = await transport.join({ group, topics: [topic] });
    await take(member, 1);
    await member.commit({ records: [], offsets: [{ topic, partition, offset }] });
    await member.close();
  }
  await close();
}

test('with --json, create, publish, acls and trim print one document', async () => {
  const json = async (...words: readonly string[]) => {
    const { status, out, err } = await runCommand('topics', [...words, '--json'], { DATA_DIR: dataDir });
    expect([words, status, err]).toEqual([words, 0, '']);
    return JSON.parse(out);
  };
  const all = (created: boolean) => ours.map((topic) => ({ topic, created, partitions: 4 }));
  expect((await json('create')).topics).toEqual(all(true));
  expect((await json('create')).topics).toEqual(all(false));
  expect(await json('publish', 'payments', '--key', '1', '{"id":"p"}')).toEqual({
    topic: 'payments',
    partition: partitionFor('1', 4),
  });
  const [crm, ...others] = await json('acls', 'crm');
  expect(others).toEqual([]);
  expect(crm).toMatchObject({ services: ['crm'], principal: 'User:crm' });
  expect(crm.rules).toContainEqual({
    ...{ resource: 'topic', name: 'questions-topic', pattern: 'literal', operation: 'Read' },
  });
  await fill();
  const asked = ['trim', '--topics', 'workflow-queue,payments', '--dry-run'];
  expect(await json(...asked)).toEqual({
    dryRun: true,
    topics: [
      { topic: 'payments', deleted: 0, leftAlone: 'no group has committed anything on it' },
      {
        topic: 'workflow-queue',
        deleted: 2,
        keptFor: [
          { group: 'audit', lag: 2 },
          { group: 'engine', lag: 1 },
        ],
      },
    ],
  });
}, 60_000);

test('list shows partitions, records, and who reads how far; as JSON with the offsets', async () => {
  await run('create', { PARTITIONS: '3' });
  await fill();
  const { status, out } = await run('list');
  expect(status).toBe(0);
  expect(lineOf(out, 'workflow-queue')).toMatch(/^workflow-queue +3 +4 +- +no +audit \(2\), engine \(1\)$/);
  expect(lineOf(out, 'warehouse-inventory')).toMatch(/^warehouse-inventory +3 +0 +- +yes +-$/);
  expect(lineOf(out, 'customers')).toMatch(/^customers +3 +0 +- +yes +-$/);
  const json = JSON.parse((await run('list --json')).out) as {
    topics: { name: string; partitions: unknown; groups: unknown; records: number }[];
    missing: string[];
  };
  expect(json.missing).toEqual([]);
  expect(json.topics.map(({ name }) => name)).toEqual(ours.toSorted());
  expect(json.topics.find(({ name }) => name === 'workflow-queue')).toMatchObject({
    records: 4,
    groups: [
      { group: 'audit', lag: 2 },
      { group: 'engine', lag: 1 },
    ],
    partitions: [
      { start: 0, end: 0 },
      { start: 0, end: 4 },
      { start: 0, end: 0 },
    ],
  });
});

test('list names topics of ours that are missing; --all shows those of others too', async () => {
  const { transport, close } = openEmbedded(dataDir);
  await transport.createTopics([{ name: 'theirs', partitions: 2 }]);
  await close();
  const ours = await run('list');
  expect(ours.out).toMatch(/Not there yet: workflow-queue, .*order-requests, /);
  expect(ours.out).not.toContain('theirs');
  expect(lineOf((await run('list --all')).out, 'theirs')).toMatch(/^theirs +2 +0/);
});

test('trim deletes what every group has passed, and nothing of what a needed group has not read', async () => {
  await run('create', { PARTITIONS: '3' });
  await fill();
  const dry = await run('trim --dry-run');
  expect(lineOf(dry.out, 'workflow-queue')).toContain(
    'would delete 2 of 4 records; kept for audit (2 behind), engine (1 behind)',
  );
  expect(lineOf(dry.out, 'questions-topic')).toContain(
    'left alone: the group crm has committed nothing on it',
  );
  expect(lineOf(dry.out, 'answers-topic')).toContain('nothing to delete');
  expect(lineOf(dry.out, 'workflow-events')).toBeUndefined();
  expect(lineOf((await run('list')).out, 'workflow-queue')).toMatch(/workflow-queue +3 +4 /);

  const { status, out, err } = await run('trim');
  expect({ status, err }).toEqual({ status: 0, err: '' });
  expect(lineOf(out, 'workflow-queue')).toContain('deleted 2 of 4 records');
  const left = (await run('list')).out;
  expect(lineOf(left, 'workflow-queue')).toMatch(/^workflow-queue +3 +2 +- +no +audit \(2\), engine \(1\)$/);
  expect(lineOf(left, 'questions-topic')).toMatch(/^questions-topic +3 +1 /);
  expect(lineOf(left, 'workflow-events')).toMatch(/^workflow-events +3 +1 /);
  expect(lineOf((await run('trim')).out, 'workflow-queue')).toContain('nothing to delete; kept for');
});

test('trim takes other topics when asked, with a warning where no group tells all; unknown ones it refuses', async () => {
  await run('create', { PARTITIONS: '3' });
  await fill();
  const events = await run('trim --topics workflow-events');
  expect(events.status).toBe(0);
  expect(events.err).toContain('bills restore');
  expect(lineOf(events.out, 'workflow-events')).toContain('deleted 1 of 1 record');
  const questions = await run('trim --topics questions-topic --without crm');
  expect(lineOf(questions.out, 'questions-topic')).toContain('deleted 1 of 1 record');
  const unknown = await run('trim --topics nowhere');
  expect(unknown.status).toBe(1);
  expect(unknown.err).toContain('There is no topic nowhere');
});

for (const command of ['create', 'list', 'trim']) {
  test(`${command} says which broker is away and exits with 3 after a bounded wait`, async () => {
    const begun = performance.now();
    const { status, out, err } = await run(command, {
      BROKERS: 'localhost:1',
      KAFKA_REQUEST_TIMEOUT_MS: '1000',
    });
    expect({ status, out }).toEqual({ status: 3, out: '' });
    expect(err).toContain('Kafka at localhost:1');
    expect(err).not.toContain('    at ');
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  test(`${command} does not wait for ever for a broker that takes the connection and says nothing`, async () => {
    const mute = await listening();
    try {
      const begun = performance.now();
      const { status, err } = await run(command, {
        BROKERS: `127.0.0.1:${portOf(mute)}`,
        KAFKA_REQUEST_TIMEOUT_MS: '1000',
      });
      expect(status).toBe(3);
      expect(err).toContain('Kafka at 127.0.0.1');
      expect(performance.now() - begun).toBeLessThan(20_000);
    } finally {
      mute.close();
    }
  });
}

function listening(): Promise<Server> {
  return new Promise((found) => {
    const server = createServer(() => {});
    server.listen(0, '127.0.0.1', () => found(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

test('publish puts a record where its key belongs, and read shows what is there, headers and all', async () => {
  await run('create');
  const value = '{"id":"p-1","orderId":"17","ccy":"EUR","amount":"75.00"}';
  const partition = partitionFor('17', 4);
  expect((await run(`publish payments --key 17 ${value}`)).out).toBe(
    `published to payments, partition ${partition}\n`,
  );
  const { status, out } = await run('read payments');
  expect(status).toBe(0);
  const { time, ...shown } = JSON.parse(out);
  expect(shown).toEqual({ partition, offset: 0, key: '17', headers: {}, value });
  expect(Date.parse(time)).toBeGreaterThan(0);
  expect((await run('read orders')).out).toBe('');
});

test('publish and read say so where there is no such topic or no log, and make none', async () => {
  for (const line of ['publish payments --key 1 {}', 'read payments'])
    expect(await run(line)).toMatchObject({
      status: 3,
      out: '',
      err: expect.stringContaining('no log'),
    });
  await run('create');
  for (const line of ['publish payment --key 1 {}', 'read payment'])
    expect(await run(line)).toMatchObject({ status: 1, err: expect.stringContaining('no topic payment') });
});
