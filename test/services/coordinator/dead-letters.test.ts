import { afterEach, expect, test } from 'bun:test';
import {
  deadLetter,
  type IncomingRecord,
  type MemoryLog,
  type OutgoingRecord,
  partitionFor,
  TransportError,
  topics,
} from '../../../core/mod.ts';
import {
  type Body,
  cleanUp,
  type Faults,
  faulty,
  newLog,
  PARTITIONS,
  type Running,
  recordsOn,
  start,
} from './support.ts';

afterEach(cleanUp);

const home = (id: string): number => partitionFor(id, PARTITIONS);
const requestValue = (id: string): string =>
  JSON.stringify({
    'workflow-type': 'bill-generation',
    'workflow-id': id,
    'create-time': '2026-11-21T10:00:00Z',
    payload: {},
  });

/** A record as it came, at a place of its own. */
function came(topic: string, id: string, changes: Partial<IncomingRecord> = {}): IncomingRecord {
  const value = topic === topics.workflowQueue ? requestValue(id) : '{}';
  return {
    topic,
    partition: home(id),
    offset: 7,
    key: id,
    value,
    headers: { traceparent: 'as-it-was' },
    timestampMs: 0,
    ...changes,
  };
}

const refused = (
  id: string,
  reason = 'invalid-input',
  topic: string = topics.workflowQueue,
): OutgoingRecord => deadLetter(came(topic, id), reason, `why ${id} was refused`);

async function withLetters(
  letters: readonly OutgoingRecord[],
  faults: Faults = {},
): Promise<{ log: MemoryLog; coordinator: Running }> {
  const log = await newLog();
  await log.publish(letters);
  return { log, coordinator: await start(faulty(log, faults)) };
}

const post = (coordinator: Running, path: string, body?: unknown): Promise<Response> =>
  fetch(coordinator.url + path, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

const placeOf = ({ partition }: OutgoingRecord, offset = 0): string => `/dead-letters/${partition}/${offset}`;
const keys = (list: Body): string[] => list.deadLetters.map(({ key }: Body) => key);

test('lists what was refused, with the reason and where it came from, by reason and by topic', async () => {
  const letter = refused('a');
  const { coordinator } = await withLetters([
    letter,
    refused('b', 'invalid-json'),
    refused('c', 'late-answer', topics.answers),
  ]);
  const list = await coordinator.json('/dead-letters');
  expect(keys(list).sort()).toEqual(['a', 'b', 'c']);
  const found = list.deadLetters.find(({ key }: Body) => key === 'a');
  expect(found).toMatchObject({
    partition: letter.partition,
    reason: 'invalid-input',
    detail: 'why a was refused',
    origin: { topic: topics.workflowQueue, partition: letter.partition, offset: 7 },
    replayOf: null,
    replayedAt: null,
  });
  expect(keys(await coordinator.json('/dead-letters?reason=invalid-json'))).toEqual(['b']);
  expect(keys(await coordinator.json(`/dead-letters?topic=${topics.answers}`))).toEqual(['c']);
  expect(keys(await coordinator.json(`/dead-letters?topic=${topics.answers}&reason=invalid-json`))).toEqual(
    [],
  );
});

test('comes in pages that lead through all of them, whatever the filter', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const { coordinator } = await withLetters(ids.map((id) => refused(id)));
  const seen: string[] = [];
  let path = '/dead-letters?limit=2&reason=invalid-input';
  for (let pages = 0; path !== undefined && pages < 6; pages++) {
    const list = await coordinator.json(path);
    seen.push(...keys(list));
    path = list.links.next;
  }
  expect(seen.sort()).toEqual(ids);
});

test('shows the record as it came: text as text, bytes that are no text in base64', async () => {
  const bytes = deadLetter(
    came(topics.answers, 'x', { value: new Uint8Array([0xff, 0xfe]) }),
    'invalid-utf8',
    '',
  );
  const { coordinator } = await withLetters([refused('a'), bytes]);
  const shown = await coordinator.json(placeOf(refused('a')));
  expect(shown).toMatchObject({ key: 'a', value: requestValue('a'), reason: 'invalid-input' });
  expect(shown.headers.traceparent).toBe('as-it-was');
  const offset = bytes.partition === home('a') ? 1 : 0;
  expect((await coordinator.json(placeOf(bytes, offset))).value).toEqual({ base64: '//4=' });
});

test('replays a record as it came to its workflow’s partition, names its letter, and hides it from the list', async () => {
  // misplaced: it was refused on a partition that is not its own
  const elsewhere = (home('a') + 1) % PARTITIONS;
  const letter = deadLetter(
    came(topics.workflowQueue, 'a', {
      partition: elsewhere,
      headers: { traceparent: 't', 'requite-moved-from': 'x/0/1' },
    }),
    'misplaced',
    '',
  );
  const { log, coordinator } = await withLetters([letter]);
  const response = await post(coordinator, `${placeOf(letter)}/replay`);
  expect([response.status, await response.json()]).toEqual([
    202,
    expect.objectContaining({ topic: topics.workflowQueue, toPartition: home('a') }),
  ]);
  const [replayed, ...more] = await recordsOn(log, topics.workflowQueue);
  expect(more).toEqual([]);
  expect(replayed).toMatchObject({ partition: home('a'), key: 'a', value: requestValue('a') });
  expect(replayed?.headers).toEqual({ traceparent: 't', 'requite-replay-of': `${elsewhere}/0` });
  expect(keys(await coordinator.json('/dead-letters'))).toEqual([]);
  const [shown] = (await coordinator.json('/dead-letters?replayed=show')).deadLetters;
  expect(shown.replayedAt).toMatch(/^\d{4}-/);
  expect((await coordinator.json(placeOf(letter))).replayedAt).toBe(shown.replayedAt);
});

test('another coordinator, or this one after its view was lost, knows what was replayed', async () => {
  const { log, coordinator } = await withLetters([refused('a'), refused('b')]);
  await post(coordinator, `${placeOf(refused('a'))}/replay`);
  const another = await start(log);
  expect(keys(await another.json('/dead-letters'))).toEqual(['b']);
});

test('replays many by a filter: first dry, then so many at once, going on where it ended', async () => {
  const ids = ['a', 'b', 'c'];
  const { log, coordinator } = await withLetters([
    ...ids.map((id) => refused(id)),
    refused('z', 'invalid-json'),
  ]);
  const dry = await post(coordinator, '/dead-letters/replay', { reason: 'invalid-input', dryRun: true });
  const planned: Body = await dry.json();
  expect([dry.status, planned.matched, planned.replayed.length]).toEqual([200, 3, 3]);
  expect(await recordsOn(log, topics.workflowQueue)).toEqual([]);
  const first = await post(coordinator, '/dead-letters/replay', { reason: 'invalid-input', limit: 2 });
  const done: Body = await first.json();
  expect([first.status, done.replayed.length, typeof done.after]).toEqual([202, 2, 'string']);
  const rest: Body = await (
    await post(coordinator, '/dead-letters/replay', { reason: 'invalid-input', limit: 2, after: done.after })
  ).json();
  expect([rest.replayed.length, rest.after]).toEqual([1, null]);
  expect((await recordsOn(log, topics.workflowQueue)).map(({ key }) => String(key)).sort()).toEqual(ids);
  expect(keys(await coordinator.json('/dead-letters'))).toEqual(['z']);
});

test('what can’t be put back stays, and the refusal says why', async () => {
  const headers = (more: Record<string, string>): OutgoingRecord => ({ ...refused('a'), headers: more });
  const { 'requite-origin-topic': topic = '', ...rest } = refused('a').headers ?? {};
  const cases: readonly [OutgoingRecord, string][] = [
    [headers({}), 'no-origin'],
    [headers({ 'requite-reason': 'never-asked', 'requite-origin-topic': topic }), 'not-as-it-came'],
    [headers({ ...rest, 'requite-origin-topic': topic, 'requite-left-out': 'value' }), 'left-out'],
    [headers({ ...rest, 'requite-origin-topic': topics.configuration }), 'not-replayable'],
    [headers({ ...rest, 'requite-origin-topic': topics.deadLetters }), 'not-replayable'],
    [headers({ ...rest, 'requite-origin-topic': 'no-such-topic' }), 'no-such-topic'],
    [headers({ ...rest, 'requite-origin-topic': 'no topic\n' }), 'no-such-topic'],
  ];
  const { coordinator } = await withLetters(cases.map(([letter]) => letter));
  for (const [at, [letter, code]] of cases.entries()) {
    const response = await post(coordinator, `${placeOf(letter, at)}/replay`);
    const problem: Body = await response.json();
    expect([response.status, problem.code]).toEqual([409, code]);
  }
  expect((await coordinator.json('/dead-letters')).deadLetters.length).toBe(cases.length);
  const many: Body = await (
    await post(coordinator, '/dead-letters/replay', { topic: 'no-such-topic' })
  ).json();
  expect([many.matched, many.replayed, many.refused[0].code]).toEqual([1, [], 'no-such-topic']);
});

test('a letter looks replayed only once its record is durable; where only the mark fails, it is replayed again', async () => {
  let failing: string | null = topics.workflowQueue;
  const publish: Faults['publish'] = (records) => {
    if (records.some(({ topic }) => topic === failing))
      throw new TransportError('unavailable', 'the log is away');
  };
  const { log, coordinator } = await withLetters([refused('a')], { publish });
  const path = `${placeOf(refused('a'))}/replay`;
  const response = await post(coordinator, path);
  const problem: Body = await response.json();
  expect([response.status, problem.code, response.headers.get('retry-after')]).toEqual([
    503,
    'log-unavailable',
    '2',
  ]);
  expect(await recordsOn(log, topics.deadLetterReplays)).toEqual([]);
  failing = topics.deadLetterReplays;
  expect((await post(coordinator, path)).status).toBe(503);
  expect(keys(await coordinator.json('/dead-letters'))).toEqual(['a']);
  failing = null;
  expect((await post(coordinator, path)).status).toBe(202);
  expect((await recordsOn(log, topics.workflowQueue)).length).toBe(2);
  expect(keys(await coordinator.json('/dead-letters'))).toEqual([]);
});

test('what others put on the topics is listed or skipped, and stops nothing', async () => {
  const { log, coordinator } = await withLetters([]);
  const junk = ['x', '1', '1/2/3', null, '0/0'].map((key) => ({
    topic: topics.deadLetterReplays,
    partition: 0,
    key,
    value: '{"partition":"no"}',
  }));
  await log.publish([...junk, { topic: topics.deadLetters, partition: 0, key: null, value: null }]);
  const [letter] = (await coordinator.json('/dead-letters')).deadLetters;
  expect(letter).toMatchObject({ reason: 'unknown', origin: { topic: '', partition: null, offset: null } });
});

test('what can’t be asked for is refused with what to do', async () => {
  const { coordinator } = await withLetters([refused('a')]);
  const get = (path: string) => coordinator.get(path);
  const cases: readonly [string, Promise<Response>, number, string][] = [
    ['no such letter', get('/dead-letters/0/99'), 404, 'no-such-dead-letter'],
    ['no such partition', get('/dead-letters/99/0'), 404, 'no-such-dead-letter'],
    ['no number', get('/dead-letters/x/0'), 400, 'invalid-request'],
    ['after', get('/dead-letters?after=x'), 400, 'invalid-page'],
    ['limit', get('/dead-letters?limit=1001'), 400, 'invalid-page'],
    ['replayed', get('/dead-letters?replayed=maybe'), 400, 'invalid-request'],
    ['replay of none', post(coordinator, '/dead-letters/0/99/replay'), 404, 'no-such-dead-letter'],
    ['no filter', post(coordinator, '/dead-letters/replay', {}), 400, 'invalid-request'],
    [
      'too many',
      post(coordinator, '/dead-letters/replay', { reason: 'x', limit: 1_001 }),
      422,
      'invalid-input',
    ],
    [
      'after of many',
      post(coordinator, '/dead-letters/replay', { reason: 'x', after: '-1' }),
      400,
      'invalid-page',
    ],
  ];
  for (const [name, asked, status, code] of cases) {
    const response = await asked;
    const problem: Body = await response.json();
    expect([name, response.status, problem.code]).toEqual([name, status, code]);
    expect(problem.detail.length).toBeGreaterThan(20);
  }
});
