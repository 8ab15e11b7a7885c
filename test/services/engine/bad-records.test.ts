import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  billGeneration,
  type IncomingRecord,
  type Payload,
  partitionFor,
  qaIdentifierOf,
  topicSpecs,
  topics,
} from '../../../core/mod.ts';
import { sampleCustomers } from '../../../services/crm/samples.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { type Host, serveWorkflows } from '../../../services/platform/bun.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';

// Every way in which a record can be broken or come at the wrong time, with where it must end (invariant 6)
// and that its partition goes on (invariant 8).

const PARTITIONS = 4;
let backing: Backing;
let host: Host;

beforeAll(async () => {
  backing = await openBacking({ dataDir: mkdtempSync(join(tmpdir(), 'requite-bad-')) });
  await backing.transport.createTopics(topicSpecs(PARTITIONS));
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  host = await serveWorkflows([billGeneration], {
    backing,
    logger,
    partitions: PARTITIONS,
    earlyWait: '300ms',
  });
});

afterAll(async () => {
  await host.stop();
  await backing.close();
});

const home = (id: string): number => partitionFor(id, PARTITIONS);
const put = (
  topic: string,
  partition: number,
  key: Payload,
  value: Payload,
  headers: Record<string, string> = {},
): Promise<void> => backing.transport.publish([{ topic, partition, key, value, headers }]);

const workflowValue = (id: string, customerIdentifier = '2'): string =>
  JSON.stringify({
    'workflow-type': 'bill-generation',
    'workflow-id': id,
    'create-time': '2026-11-21T10:00:00Z',
    payload: { customerIdentifier },
  });
const putWorkflow = (id: string, customerIdentifier = '2'): Promise<void> =>
  put(topics.workflowQueue, home(id), id, workflowValue(id, customerIdentifier));

const qa = (id: string, step = 0): string =>
  qaIdentifierOf({ workflowType: 'bill-generation', workflowId: id, step });
const answerValue = (id: string, answer: unknown): string =>
  JSON.stringify({ qaIdentifier: qa(id), questionCategory: 'customer', answer });
const putAnswer = (id: string, answer: unknown): Promise<void> =>
  put(topics.answers, home(id), id, answerValue(id, answer));
const customer = (at: number): unknown => ({ ...sampleCustomers[at] });

const all = (topic: string): Promise<IncomingRecord[]> => readTopic(backing.transport, topic);

/** Waits until a record of this key, with this text in its value or reason, is on the topic. */
const appears = (topic: string, key: string, text: string): Promise<IncomingRecord> =>
  until(
    `${text} for ${key} on ${topic}`,
    async () =>
      (await all(topic)).find(
        (record) =>
          record.key === key && `${record.value} ${record.headers['requite-reason'] ?? ''}`.includes(text),
      ),
    10_000,
  );

const deadLetterOf = (key: string, reason: string): Promise<IncomingRecord> =>
  appears(topics.deadLetters, key, reason);
const completes = (id: string): Promise<IncomingRecord> => appears(topics.workflowEvents, id, '"completed"');
const asks = (id: string): Promise<IncomingRecord> => appears(topics.questions, id, 'customerIdentifier');

async function goesOn(partition: number): Promise<void> {
  let id = `after-${crypto.randomUUID().slice(0, 8)}`;
  while (home(id) !== partition) id += 'x';
  await putWorkflow(id);
  await asks(id);
  await putAnswer(id, customer(1));
  await completes(id);
}

const depth = 100_000;
const malformed: readonly { name: string; value: Payload; reason: string }[] = [
  { name: 'a tombstone', value: null, reason: 'tombstone' },
  { name: 'invalid UTF-8', value: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), reason: 'invalid-utf8' },
  { name: 'invalid JSON', value: '{"workflow-type":', reason: 'invalid-json' },
  { name: 'JSON that is no object', value: '[1,2,3]', reason: 'invalid-message' },
  {
    name: 'a missing workflow-id',
    value: '{"workflow-type":"bill-generation","create-time":"2026-11-21T10:00:00Z","payload":{}}',
    reason: 'invalid-message',
  },
  {
    name: 'a workflow-id that is a number',
    value:
      '{"workflow-type":"bill-generation","workflow-id":7,"create-time":"2026-11-21T10:00:00Z","payload":{}}',
    reason: 'invalid-message',
  },
  {
    name: 'a workflow-id with NUL',
    value:
      '{"workflow-type":"bill-generation","workflow-id":"a\\u0000b","create-time":"2026-11-21T10:00:00Z","payload":{}}',
    reason: 'invalid-message',
  },
  { name: 'a workflow-id of 10 kB', value: workflowValue('x'.repeat(10_240)), reason: 'invalid-message' },
  {
    name: 'a create-time that is no time',
    value: '{"workflow-type":"bill-generation","workflow-id":"t","create-time":"yesterday","payload":{}}',
    reason: 'invalid-message',
  },
  { name: 'a record of 1 MB', value: `{"pad":"${'x'.repeat(1_000_000)}"}`, reason: 'too-large' },
  {
    name: 'nesting 100,000 deep',
    value: '['.repeat(depth) + ']'.repeat(depth),
    reason: 'too-deep|invalid-json',
  },
];

for (const topic of [topics.workflowQueue, topics.answers]) {
  for (const { name, value, reason } of malformed) {
    if (topic === topics.answers && name.startsWith('a workflow-id')) continue; // answers have no such field
    if (topic === topics.answers && name.startsWith('a create-time')) continue; // nor this one
    test(`${name} on ${topic} goes to the dead letters as ${reason}, byte for byte, and the partition goes on`, async () => {
      const key = `${topic}-${name}`;
      await put(topic, 1, key, value, { traceparent: '00-ab' });
      const letter = await until(
        `the dead letter of ${name}`,
        async () => (await all(topics.deadLetters)).find((record) => record.key === key),
        10_000,
      );
      expect(letter.headers['requite-reason']).toMatch(new RegExp(`^(${reason})$`));
      expect(letter.headers).toMatchObject({
        'requite-origin-topic': topic,
        'requite-origin-partition': '1',
        traceparent: '00-ab',
      });
      expect(letter.value).toEqual(value);
      await goesOn(1);
    });
  }
}

test('a payload that misses the input schema is refused, with where it misses', async () => {
  const id = 'no-customer';
  await put(
    topics.workflowQueue,
    home(id),
    id,
    workflowValue(id).replace('"customerIdentifier":"2"', '"customer":"2"'),
  );
  expect((await deadLetterOf(id, 'invalid-input')).headers['requite-detail']).toContain(
    '/customerIdentifier',
  );
});

test('an answer before its workflow waits for it, and counts', async () => {
  await putAnswer('early', customer(1));
  await putWorkflow('early');
  await completes('early');
});

test('an answer for nobody goes to the dead letters when its wait is over', async () => {
  await putAnswer('nobody', customer(1));
  await deadLetterOf('nobody', 'no-such-job');
});

test('an answer twice completes the workflow once, and nothing is refused', async () => {
  await putWorkflow('twice');
  await asks('twice');
  await putAnswer('twice', customer(1));
  await putAnswer('twice', customer(1));
  await completes('twice');
  await goesOn(home('twice'));
  expect(
    (await all(topics.workflowEvents)).filter(
      (record) => record.key === 'twice' && String(record.value).includes('"completed"'),
    ).length,
  ).toBe(1);
  expect((await all(topics.deadLetters)).some((record) => record.key === 'twice')).toBe(false);
});

test('of two different answers the first in log order stands, the second is kept as evidence', async () => {
  await putWorkflow('two');
  await asks('two');
  await putAnswer('two', customer(1));
  await putAnswer('two', customer(2));
  await deadLetterOf('two', 'contradicts-first-answer');
  expect(String((await completes('two')).value)).toContain((sampleCustomers[1] as { name: string }).name);
});

test('an answer after the bill changes nothing: the same is a repeat, another one is evidence', async () => {
  await putWorkflow('after');
  await asks('after');
  await putAnswer('after', customer(1));
  await completes('after');
  await putAnswer('after', customer(1));
  await putAnswer('after', customer(3));
  await deadLetterOf('after', 'contradicts-first-answer');
  expect((await all(topics.deadLetters)).filter((record) => record.key === 'after').length).toBe(1);
});

test('a workflow-id again with the same content is a repeat, though its create-time differs', async () => {
  await putWorkflow('again');
  await asks('again');
  await put(
    topics.workflowQueue,
    home('again'),
    'again',
    workflowValue('again').replace('2026-11-21T10', '2027-01-01T10'),
  );
  await putAnswer('again', customer(1));
  await completes('again');
  await goesOn(home('again'));
  expect((await all(topics.deadLetters)).some((record) => record.key === 'again')).toBe(false);
});

test('a workflow-id again with other content is a conflict, never a second job', async () => {
  await putWorkflow('other', '2');
  await putWorkflow('other', '3');
  await deadLetterOf('other', 'workflow-id-conflict');
});

test('an answer with both an answer and an error, or neither, is refused', async () => {
  await put(
    topics.answers,
    0,
    'both',
    JSON.stringify({ qaIdentifier: qa('both'), answer: {}, error: { code: 'a', message: 'b' } }),
  );
  await put(topics.answers, 0, 'neither', JSON.stringify({ qaIdentifier: qa('neither') }));
  await deadLetterOf('both', 'invalid-message');
  await deadLetterOf('neither', 'invalid-message');
});

test('an answer that is no customer is refused with where it misses, and the job goes on waiting for a proper one', async () => {
  await putWorkflow('misfit');
  await asks('misfit');
  await putAnswer('misfit', { customerIdentifier: '2' });
  await deadLetterOf('misfit', 'answer-misfit');
  await putAnswer('misfit', customer(1));
  await completes('misfit');
});

test('an error answer fails the job with its reason', async () => {
  await putWorkflow('unknown');
  await put(
    topics.answers,
    home('unknown'),
    'unknown',
    JSON.stringify({
      qaIdentifier: qa('unknown'),
      error: { code: 'customer-not-found', message: 'no such customer' },
    }),
  );
  expect(String((await appears(topics.workflowEvents, 'unknown', '"failed"')).value)).toContain(
    'customer-not-found',
  );
});

test('workflows and answers of other types are not ours: counted, left alone', async () => {
  const before = host.ledger[`${topics.workflowQueue} notOurs`] ?? 0;
  await put(
    topics.workflowQueue,
    2,
    'foreign',
    workflowValue('foreign').replace('bill-generation', 'loan-approval'),
  );
  await put(topics.answers, 2, 'foreign', JSON.stringify({ qaIdentifier: 'somebody-elses-id', answer: 1 }));
  await until(
    'both to be counted',
    () =>
      (host.ledger[`${topics.workflowQueue} notOurs`] ?? 0) > before &&
      (host.ledger[`${topics.answers} notOurs`] ?? 0) > 0,
    10_000,
  );
  expect((await all(topics.deadLetters)).some((record) => record.key === 'foreign')).toBe(false);
});

test('a workflow and an answer in a wrong partition are moved home once, and count there', async () => {
  const id = 'stray';
  const wrong = (home(id) + 1) % PARTITIONS;
  await put(topics.workflowQueue, wrong, null, workflowValue(id));
  await asks(id);
  await put(topics.answers, wrong, null, answerValue(id, customer(1)));
  await completes(id);
});

test('a prototype key in a payload pollutes nothing', async () => {
  await put(
    topics.workflowQueue,
    home('proto'),
    'proto',
    workflowValue('proto').replace(
      '"customerIdentifier"',
      '"__proto__":{"polluted":true},"customerIdentifier"',
    ),
  );
  await asks('proto');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('the ledger adds up to every record that was put on the topics', async () => {
  const ends = await Promise.all(
    [topics.workflowQueue, topics.answers].map((topic) => backing.transport.endOffsets(topic)),
  );
  const put = ends.flat().reduce((sum, end) => sum + end, 0);
  const counted = (): number => Object.values(host.ledger).reduce((sum, count) => sum + count, 0);
  await until(`${put} records to be counted, not ${counted()}`, () => counted() === put, 10_000);
});
