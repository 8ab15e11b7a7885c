// GET /jobs/{workflowId}/messages: what of a job lies on the topics, found without a record of where it lies.
import { afterEach, expect, test } from 'bun:test';
import {
  type JobEvent,
  type MemoryLog,
  type OutgoingRecord,
  partitionFor,
  qaIdentifierOf,
  topics,
} from '../../../core/mod.ts';
import {
  asked,
  cleanUp,
  eventually,
  newLog,
  PARTITIONS,
  type Running,
  report,
  start,
  started,
} from './support.ts';

afterEach(cleanUp);

const answered: JobEvent = { event: 'answered', step: 0 };
const done: JobEvent = { event: 'completed', result: null };
const workflowType = 'bill-generation';

function on(topic: string, workflowId: string, value: OutgoingRecord['value']): OutgoingRecord {
  return { topic, partition: partitionFor(workflowId, PARTITIONS), key: workflowId, value };
}

const request = (workflowId: string): OutgoingRecord =>
  on(
    topics.workflowQueue,
    workflowId,
    JSON.stringify({
      'workflow-type': workflowType,
      'workflow-id': workflowId,
      'create-time': '2026-11-21T09:59:59.000Z',
      payload: {},
    }),
  );
const question = (workflowId: string): OutgoingRecord =>
  on(
    topics.questions,
    workflowId,
    JSON.stringify({
      qaIdentifier: qaIdentifierOf({ workflowType, workflowId, step: 0 }),
      questionCategory: 'customer',
      payload: {},
    }),
  );
const answer = (workflowId: string, text = '{}'): OutgoingRecord =>
  on(
    topics.answers,
    workflowId,
    `{"qaIdentifier":"${qaIdentifierOf({ workflowType, workflowId, step: 0 })}","answer":${text}}`,
  );

/** A log on which `workflowId` lies among many others, and a coordinator that has read it. */
async function among(
  others: number,
  workflowId: string,
  records: readonly OutgoingRecord[],
): Promise<{ log: MemoryLog; coordinator: Running }> {
  const log = await newLog();
  const coordinator = await start(log);
  const crowd = Array.from({ length: others }, (_, at) => `other-${at}`);
  const published = (ids: readonly string[]): OutgoingRecord[] =>
    ids.flatMap((id) => [request(id), question(id), answer(id), report(id, 1, 'waiting', [started, asked])]);
  await log.publish(published(crowd.slice(0, others / 2)));
  await log.publish(records);
  await log.publish(published(crowd.slice(others / 2)));
  await eventually(
    'the job to be seen',
    async () => (await coordinator.get(`/jobs/${workflowId}`)).status === 200,
  );
  return { log, coordinator };
}

const places = (messages: readonly { readonly topic: string }[]): readonly string[] =>
  messages.map(({ topic }) => topic);

test('a job tells its request, question, answer and reports, among thousands of others', async () => {
  const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
  const { coordinator } = await among(4_000, 'mine', [
    { ...request('mine'), headers },
    report('mine', 1, 'waiting', [started, asked]),
    question('mine'),
    answer('mine', ' {"spaces" :  "are kept", "name":"佐藤"}'),
    report('mine', 2, 'completed', [answered, done]),
  ]);
  const { messages, incomplete } = await coordinator.json('/jobs/mine/messages');
  expect(incomplete).toEqual([]);
  expect([...places(messages)].sort()).toEqual(
    [
      topics.workflowQueue,
      topics.workflowEvents,
      topics.questions,
      topics.answers,
      topics.workflowEvents,
    ].sort(),
  );
  const found = messages.find(({ topic }: { readonly topic: string }) => topic === topics.answers);
  const { value } = answer('mine', ' {"spaces" :  "are kept", "name":"佐藤"}');
  expect(found).toMatchObject({ key: 'mine', partition: partitionFor('mine', PARTITIONS), value });
  expect(found.bytes).toBe(Buffer.byteLength(String(value)));
  expect(messages[0].headers).toEqual(headers);
});

test('what is not there is named, and what may still come is not missed', async () => {
  const { coordinator } = await among(10, 'mine', [
    request('mine'),
    report('mine', 1, 'waiting', [started, asked]),
  ]);
  const { messages, incomplete } = await coordinator.json('/jobs/mine/messages');
  expect(places(messages)).toEqual([topics.workflowQueue, topics.workflowEvents]);
  expect(incomplete).toEqual([topics.questions]);
});

test('an answer that the engine has not taken yet is found', async () => {
  const { coordinator } = await among(10, 'mine', [
    request('mine'),
    report('mine', 1, 'waiting', [started, asked]),
    question('mine'),
    answer('mine'),
  ]);
  const { messages } = await coordinator.json('/jobs/mine/messages');
  expect(places(messages)).toContain(topics.answers);
});

test('of a job that no engine has begun the request is found; of one that nobody knows nothing is looked for', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await coordinator.post({ customerIdentifiers: ['1'], runId: 'r' });
  await eventually('the request to be published', async () => {
    const { messages } = await coordinator.json('/jobs/r_1/messages');
    return messages.length === 1 && messages[0].topic === topics.workflowQueue;
  });
  const unknown = await coordinator.get('/jobs/nobody/messages');
  expect(unknown.status).toBe(404);
});

test('a value that is no text is told as base64', async () => {
  const bytes = new Uint8Array([0xff, 0x00, 0xfe]);
  const { coordinator } = await among(2, 'mine', [
    on(topics.workflowQueue, 'mine', bytes),
    report('mine', 1, 'failed', [started, { event: 'failed', error: { code: 'x', message: 'y' } }]),
  ]);
  const { messages } = await coordinator.json('/jobs/mine/messages');
  expect(messages[0]).toMatchObject({
    topic: topics.workflowQueue,
    base64: Buffer.from(bytes).toString('base64'),
    bytes: 3,
  });
});

test('a retry is found by what the engine did of it', async () => {
  const retry = { 'workflow-type': workflowType, 'workflow-id': 'mine', command: 'retry' };
  const { coordinator } = await among(2, 'mine', [
    request('mine'),
    report('mine', 1, 'parked', [started, { event: 'parked', error: { code: 'x', message: 'y' } }]),
    on(topics.workflowCommands, 'mine', JSON.stringify(retry)),
    report('mine', 2, 'completed', [{ event: 'resumed' }, done]),
  ]);
  const { messages, incomplete } = await coordinator.json('/jobs/mine/messages');
  expect(places(messages)).toContain(topics.workflowCommands);
  expect(incomplete).toEqual([]);
});
