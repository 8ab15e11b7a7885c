import { afterEach, describe, expect, test } from 'bun:test';
import { deadLetter, type OutgoingRecord, topicSpecs, topics } from '../../../../core/mod.ts';
import { ShopSettings } from '../../../platform/configuration/support.ts';
import { BUN_RUN } from '../../../support/own-bun.ts';
import { until } from '../../../support/until.ts';
import { ConfigurationBench } from '../../configuration/support.ts';
import { cleanUp, newLog, PARTITIONS, type Running, recordsOn, report, start, started } from '../support.ts';
import { submit } from './submit.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  await cleanUp();
  for (const end of ends.splice(0)) await end();
});

const HOSTILE = '"><script>alert(1)</script>';

async function text(coordinator: Running, path: string): Promise<string> {
  const response = await coordinator.get(path, { accept: 'text/html' });
  expect({ path, status: response.status }).toEqual({ path, status: 200 });
  return await response.text();
}

const parked = (id: string, code: string, message = 'why'): OutgoingRecord =>
  report(id, 1, 'parked', [started, { event: 'parked', error: { code, message } }]);

const letter = (id: string, reason: string, key: string | Uint8Array = id): OutgoingRecord =>
  deadLetter(
    {
      topic: topics.workflowQueue,
      partition: 0,
      offset: 7,
      key,
      value: `{"n":1.50,"id":"${id}"}`,
      headers: {},
      timestampMs: 0,
    },
    reason,
    `why ${id}`,
  );

async function withRecords(...records: readonly OutgoingRecord[]) {
  const log = await newLog();
  await log.publish(records);
  return { log, coordinator: await start(log) };
}

describe('with nobody but the coordinator', () => {
  const pages = [
    '',
    '?show=all',
    '/instances',
    '/groups',
    '/breakers',
    '/settings',
    '/logs',
    '/dead-letters',
    '/parked',
  ];
  for (const path of pages)
    test(`/ui/system${path} is a page that says so`, async () => {
      const { coordinator } = await withRecords();
      const page = await text(coordinator, `/ui/system${path}`);
      expect(page).toContain('<h1>');
      expect(page).not.toMatch(/undefined|NaN|\[object/);
    });

  test('how far groups are is not known where the log does not tell, and that is said', async () => {
    const { coordinator } = await withRecords();
    expect(await text(coordinator, '/ui/system/groups')).toContain(
      'The log does not tell how far groups are',
    );
  });

  test('a group that nobody knows is nothing', async () => {
    const { coordinator } = await withRecords();
    const response = await coordinator.get('/ui/system/groups/none', { accept: 'text/html' });
    expect(response.status).toBe(404);
  });

  test('what is looked for in the log and makes no sense is said', async () => {
    const { coordinator } = await withRecords();
    for (const [query, said] of [
      ['level=loud', 'A level is one of'],
      ['trace=1', 'A trace-id has 32'],
      ['since=yesterday', 'Say since when'],
      [`text=${'x'.repeat(300)}`, 'at most 256 characters'],
    ] as const)
      expect(await text(coordinator, `/ui/system/logs?${query}`)).toContain(said);
  });
});

describe('parked jobs', () => {
  test('are counted by reason, and all of one reason are retried: no others', async () => {
    const { log, coordinator } = await withRecords(
      parked('a', 'broken'),
      parked('b', 'broken'),
      parked('c', 'other'),
    );
    expect(await text(coordinator, '/ui/system/parked')).toContain('Retry all 2');
    const sent = await submit(coordinator, '/ui/system/parked/retry', {
      type: 'bill-generation',
      code: 'broken',
    });
    expect(sent.status).toBe(303);
    expect(sent.headers.get('location')).toContain('retried=2&refused=0');
    const commands = (await recordsOn(log, topics.workflowCommands)).map(({ value }) =>
      JSON.parse(String(value)),
    );
    expect(commands.map((each) => each['workflow-id']).sort()).toEqual(['a', 'b']);
    expect(await text(coordinator, sent.headers.get('location') ?? '')).toContain(
      '2 jobs were told to go on.',
    );
  });

  test('one is cancelled, also by an id with white space around; one that is not there is said', async () => {
    const { log, coordinator } = await withRecords(parked(' a ', 'broken'));
    await text(coordinator, '/ui/system/parked');
    expect((await submit(coordinator, '/ui/system/parked/cancel', { job: ' a ' })).status).toBe(303);
    const [command] = await recordsOn(log, topics.workflowCommands);
    expect(JSON.parse(String(command?.value))).toMatchObject({ 'workflow-id': ' a ', command: 'cancel' });
    const none = await submit(coordinator, '/ui/system/parked/cancel', { job: 'none' });
    expect(none.status).toBe(404);
    expect(await none.text()).toContain('No job of this workflow-id is known');
  });

  test('are left alone by a form that names nothing, and by one of another site', async () => {
    const { log, coordinator } = await withRecords(parked('a', 'broken'));
    expect((await submit(coordinator, '/ui/system/parked/retry', {})).status).toBe(400);
    const foreign = await submit(
      coordinator,
      '/ui/system/parked/retry',
      { job: 'a' },
      { 'sec-fetch-site': 'cross-site' },
    );
    expect(foreign.status).toBe(403);
    expect(await recordsOn(log, topics.workflowCommands)).toEqual([]);
  });

  test('are text, whatever their ids and reasons say', async () => {
    const { coordinator } = await withRecords(parked(HOSTILE, HOSTILE, HOSTILE));
    const page = await text(coordinator, '/ui/system/parked');
    expect(page).not.toContain('<script>');
    expect(page).toContain('&#60;script&#62;');
  });
});

describe('dead letters', () => {
  test('are counted by reason and topic, and those of one are put back: no others', async () => {
    const { log, coordinator } = await withRecords(
      letter('a', 'bad'),
      letter('b', 'bad'),
      letter('c', 'worse'),
    );
    expect(
      await text(coordinator, `/ui/system/dead-letters?reason=bad&topic=${topics.workflowQueue}`),
    ).toContain('Put back 2 letters');
    const sent = await submit(coordinator, '/ui/system/dead-letters/replay', {
      reason: 'bad',
      topic: topics.workflowQueue,
    });
    expect(sent.headers.get('location')).toContain('done=2&refused=0');
    expect((await recordsOn(log, topics.workflowQueue)).map(({ key }) => key).sort()).toEqual(['a', 'b']);
    const after = await text(coordinator, sent.headers.get('location') ?? '');
    expect(after).toContain('2 letters were put back.');
    expect(after).not.toContain('Put back 2 letters');
  });

  test('all at once, without a reason or a topic, is refused', async () => {
    const { log, coordinator } = await withRecords(letter('a', 'bad'));
    expect((await submit(coordinator, '/ui/system/dead-letters/replay', {})).status).toBe(400);
    expect(await recordsOn(log, topics.workflowQueue)).toEqual([]);
  });

  test('one is shown as it came: a number keeps its zeros, bytes are bytes; and it is put back', async () => {
    const { log, coordinator } = await withRecords(letter('a', HOSTILE, new Uint8Array([0xff, 0x41])));
    const { deadLetters } = await coordinator.json('/dead-letters');
    const path = `/ui/system${deadLetters[0].links.self}`;
    const page = await text(coordinator, path);
    expect(page).not.toContain('<script>');
    expect(page).toContain('&#34;n&#34;:1.50');
    expect(page).toContain('000000  ff 41');
    const sent = await submit(coordinator, `${path}/replay`, {});
    expect(sent.status).toBe(303);
    expect(await recordsOn(log, topics.workflowQueue)).toHaveLength(1);
    expect(await text(coordinator, sent.headers.get('location') ?? '')).toContain('Put it back again');
  });
});

describe('settings', () => {
  async function withShop() {
    const bench = await ConfigurationBench.make();
    ends.push(() => bench.close());
    await bench.backing.transport.createTopics(topicSpecs(PARTITIONS));
    const shop = bench.process().of('shop', ShopSettings);
    await bench.start({ PARTITIONS: String(PARTITIONS) });
    const coordinator = await start(bench.backing.transport, bench.dataDir);
    await until('the settings to be there', async () =>
      (await text(coordinator, '/ui/system/settings')).includes('batchSize'),
    );
    return { shop, coordinator };
  }
  const path = '/ui/system/settings/shop/batchSize';
  const change = (page: string): string => /name="change" value="(\d+)"/.exec(page)?.[1] ?? '';

  test('are changed by a form, which stays on record; one of before is told that somebody was faster', async () => {
    const { shop, coordinator } = await withShop();
    const before = change(await text(coordinator, path));
    const sent = await submit(coordinator, path, { change: before, value: '7', why: 'a slow day' });
    expect(sent.status).toBe(303);
    await until('it to count', () => shop.current.batchSize === 7);
    expect(await text(coordinator, path)).toContain('a slow day');
    const late = await submit(coordinator, path, { change: before, value: '8', why: '' });
    expect(late.status).toBe(412);
    expect(await late.text()).toContain('Somebody has changed it meanwhile');
    expect(shop.current.batchSize).toBe(7);
    const now = change(await text(coordinator, path));
    expect((await submit(coordinator, path, { change: now, value: '', unset: '1', why: '' })).status).toBe(
      303,
    );
    await until('the default to count', () => shop.current.batchSize === 5);
  });

  test('a value that does not fit is said, with what was typed; a text may look like a number', async () => {
    const { shop, coordinator } = await withShop();
    const wrong = await submit(coordinator, path, { change: '0', value: '1000', why: 'more' });
    const page = await wrong.text();
    expect(wrong.status).toBe(422);
    expect(page).toContain('a whole number from 1 to 100');
    expect(page).toContain('value="1000"');
    const greeting = '/ui/system/settings/shop/greeting';
    expect((await submit(coordinator, greeting, { change: '0', value: '42', why: '' })).status).toBe(303);
    await until('it to count', () => shop.current.greeting === '42');
    expect(await text(coordinator, greeting)).toContain('value="42"');
  });

  test('without their service say what to start', async () => {
    const { coordinator } = await withRecords();
    expect(await text(coordinator, '/ui/system/settings')).toContain(
      `${BUN_RUN}services configuration-service`,
    );
  });
});

test('the groups of the log are told with their lag, where there is a log to ask', async () => {
  const bench = await ConfigurationBench.make();
  ends.push(() => bench.close());
  const { transport } = bench.backing;
  await transport.createTopics(topicSpecs(PARTITIONS));
  const queued = (id: string): OutgoingRecord => ({
    topic: topics.workflowQueue,
    partition: 0,
    key: id,
    value: '{}',
  });
  await transport.publish(['a', 'b', 'c'].map(queued));
  const consumer = await transport.join({ group: 'engine', topics: [topics.workflowQueue] });
  await until('a record', async () => (await consumer.poll({ maxRecords: 1, waitMs: 100 })).length > 0);
  await consumer.commit({ records: [], offsets: [{ topic: topics.workflowQueue, partition: 0, offset: 1 }] });
  await consumer.close();
  const coordinator = await start(transport, bench.dataDir);
  const page = await text(coordinator, '/ui/system/groups/engine');
  expect(page).toContain('2 records not read yet');
  expect(page).toContain('None is alive.');
  expect(await text(coordinator, '/ui/system/groups')).toContain('nobody reads');
});
