import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import {
  AnswerError,
  type AnyWorkflow,
  type IncomingRecord,
  partitionFor,
  TimeLimitError,
  topics,
  workflow,
} from '../../../core/mod.ts';
import type { JobStoreKind } from '../../../services/platform/backing.ts';
import {
  awaitWorkflow,
  type Backing,
  type Host,
  openBacking,
  serveAnswers,
  serveWorkflows,
  startWorkflow,
  type WorkflowSettings,
} from '../../../services/platform/bun.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 4;
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
const open: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

async function newBacking(jobStore: JobStoreKind = 'embedded'): Promise<Backing> {
  const backing = await openBacking({ dataDir: mkdtempSync(join(tmpdir(), 'requite-host-')), jobStore });
  open.push({ stop: () => backing.close() });
  return backing;
}

async function serve(
  backing: Backing,
  definitions: readonly AnyWorkflow[],
  more: WorkflowSettings = {},
): Promise<Host> {
  const host = await serveWorkflows(definitions, { backing, logger, ...more });
  open.push(host);
  return host;
}

const send = (backing: Backing, topic: string, workflowId: string, value: unknown): Promise<void> =>
  backing.transport.publish([
    { topic, partition: partitionFor(workflowId, PARTITIONS), key: workflowId, value: JSON.stringify(value) },
  ]);

const read = (backing: Backing, topic: string): Promise<IncomingRecord[]> =>
  readTopic(backing.transport, topic);

const Guest = Type.Object({ guest: Type.String() });
const input = { guest: 'Ada' };

for (const jobStore of ['embedded', 'sqlite', 'memory'] as const) {
  test(`asks, waits and ends with the answers (${jobStore} job store)`, async () => {
    const dinner = workflow({
      type: 'dinner',
      version: 1,
      input: Guest,
      *run({ ask, all }, { guest }) {
        const [dish, drink] = yield* all([
          ask('dish', { guest }, Type.String()),
          ask('drink', { guest }, Type.String()),
        ]);
        return `${dish} and ${drink}`;
      },
    });
    const backing = await newBacking(jobStore);
    await serve(backing, [dinner]);
    open.push(await serveAnswers({ dish: () => 'soup', drink: () => 'tea' }, { backing, logger }));
    await startWorkflow(dinner, 'd-1', input, { backing });
    expect(await awaitWorkflow('d-1', '20s', { backing })).toEqual({
      status: 'completed',
      result: 'soup and tea',
    });
  });
}

test('a sleep ends after its time, though the host was stopped and started meanwhile', async () => {
  const nap = workflow({
    type: 'nap',
    version: 1,
    input: Guest,
    *run({ sleep }, { guest }) {
      yield* sleep('400ms');
      return `${guest} woke`;
    },
  });
  const backing = await newBacking();
  const first = await serve(backing, [nap]);
  await startWorkflow(nap, 'n-1', input, { backing });
  await until('the nap to begin', async () =>
    (await read(backing, topics.workflowEvents)).some(({ value }) => String(value).includes('"sleeping"')),
  );
  await first.stop();
  expect(await awaitWorkflow('n-1', '600ms', { backing })).toBeNull();
  await serve(backing, [nap]);
  expect(await awaitWorkflow('n-1', '20s', { backing })).toEqual({ status: 'completed', result: 'Ada woke' });
});

const hasty = workflow({
  type: 'hasty',
  version: 1,
  input: Guest,
  *run({ ask }, { guest }) {
    try {
      return yield* ask('anything', { guest }, Type.String(), { timeLimit: '300ms', retries: 1 });
    } catch (error) {
      if (error instanceof TimeLimitError) return 'nobody answered';
      throw error;
    }
  },
});

test('a time limit asks the same question again, then gives up; a late answer is kept as evidence', async () => {
  const backing = await newBacking();
  await serve(backing, [hasty]);
  await startWorkflow(hasty, 'h-1', input, { backing });
  expect(await awaitWorkflow('h-1', '20s', { backing })).toEqual({
    status: 'completed',
    result: 'nobody answered',
  });
  const questions = await read(backing, topics.questions);
  expect(questions.length).toBe(2);
  expect(questions[1]?.value).toBe(questions[0]?.value as string);
  await send(backing, topics.answers, 'h-1', { qaIdentifier: 'hasty/h-1/0', answer: 'too late' });
  const letter = await until('the late answer', async () => (await read(backing, topics.deadLetters))[0]);
  expect(letter.headers['requite-reason']).toBe('late-answer');
});

test('an answer that is in the log already wins over a limit that passed while the host was down', async () => {
  const backing = await newBacking();
  const first = await serve(backing, [hasty]);
  await startWorkflow(hasty, 'h-2', input, { backing });
  await until('the question', async () => (await read(backing, topics.questions)).length === 1);
  await first.stop();
  await send(backing, topics.answers, 'h-2', { qaIdentifier: 'hasty/h-2/0', answer: 'in time' });
  await Bun.sleep(700); // both limits pass: the passing of time itself is what this test needs
  await serve(backing, [hasty]);
  expect(await awaitWorkflow('h-2', '20s', { backing })).toEqual({ status: 'completed', result: 'in time' });
});

test('an expected event of another topic resumes the job, even if it came first', async () => {
  const shipment = workflow({
    type: 'shipment',
    version: 1,
    input: Guest,
    expects: ['parcels'],
    *run({ expect: event }, { guest }) {
      const parcel = yield* event('parcels', Type.Object({ weight: Type.Number() }), {
        where: ({ weight }) => weight > 1,
      });
      return `${guest}: ${parcel.weight}`;
    },
  });
  const backing = await newBacking();
  await serve(backing, [shipment]);
  await send(backing, 'parcels', 's-1', { weight: 0.5 });
  await send(backing, 'parcels', 's-1', { weight: 3 });
  await startWorkflow(shipment, 's-1', input, { backing });
  expect(await awaitWorkflow('s-1', '20s', { backing })).toEqual({ status: 'completed', result: 'Ada: 3' });
});

test('a definition that throws parks its job, and a retry with the mended one goes on', async () => {
  const definition = (mended: boolean) =>
    workflow({
      type: 'broken',
      version: 1,
      input: Guest,
      *run({ ask }, { guest }) {
        const name = yield* ask('name', { guest }, Type.String());
        if (!mended) throw new TypeError('a defect');
        return name;
      },
    });
  const backing = await newBacking();
  open.push(await serveAnswers({ name: () => 'Ada L.' }, { backing, logger }));
  const broken = await serve(backing, [definition(false)]);
  await startWorkflow(definition(false), 'b-1', input, { backing });
  await until('the job to be parked', async () =>
    (await read(backing, topics.workflowEvents)).some(({ value }) => String(value).includes('a defect')),
  );
  expect(await awaitWorkflow('b-1', '1s', { backing })).toEqual({
    status: 'parked',
    error: { code: 'definition-threw', message: 'TypeError: a defect' },
  });
  await broken.stop();
  await serve(backing, [definition(true)]);
  await send(backing, topics.workflowCommands, 'b-1', {
    'workflow-type': 'broken',
    'workflow-id': 'b-1',
    command: 'retry',
  });
  expect(await awaitWorkflow('b-1', '20s', { backing })).toEqual({ status: 'completed', result: 'Ada L.' });
});

test('too many open jobs hold new workflows back, and answers let them in', async () => {
  const slow = workflow({
    type: 'slow',
    version: 1,
    input: Guest,
    *run({ ask }, { guest }) {
      return yield* ask('patience', { guest }, Type.String());
    },
  });
  const backing = await newBacking();
  const ids = Array.from({ length: 200 }, (_, at) => `o-${at}`);
  const host = await serve(backing, [slow], { maxOpenJobs: 5 });
  for (const id of ids.slice(0, 40)) await startWorkflow(slow, id, input, { backing });
  await until('the first questions', async () => (await read(backing, topics.questions)).length > 0);
  await Promise.all(ids.slice(40).map((id) => startWorkflow(slow, id, input, { backing })));
  const taken = () => host.ledger[`${topics.workflowQueue} applied`] ?? 0;
  await until('the limit to bite', () => taken() >= 4 * 5);
  expect(taken()).toBeLessThan(ids.length);
  open.push(await serveAnswers({ patience: () => 'thanks' }, { backing, logger }));
  for (const id of ids)
    expect(await awaitWorkflow(id, '30s', { backing })).toEqual({ status: 'completed', result: 'thanks' });
});

test('a handler that keeps failing sends its question to the dead letters; an AnswerError is an answer', async () => {
  const asker = workflow({
    type: 'asker',
    version: 1,
    input: Guest,
    *run({ ask }, { guest }) {
      return yield* ask('mood', { guest }, Type.String());
    },
  });
  const backing = await newBacking();
  await serve(backing, [asker]);
  const mood = (payload: unknown): string => {
    if ((payload as { guest: string }).guest === 'Bob') throw new Error('the mood ring broke');
    throw new AnswerError('no-mood', 'has none');
  };
  open.push(await serveAnswers({ mood }, { backing, logger }));
  await startWorkflow(asker, 'm-1', { guest: 'Bob' }, { backing });
  await startWorkflow(asker, 'm-2', { guest: 'Ada' }, { backing });
  expect(await awaitWorkflow('m-2', '20s', { backing })).toEqual({
    status: 'failed',
    error: { code: 'no-mood', message: 'has none' },
  });
  const letter = await until('the dead letter', async () => (await read(backing, topics.deadLetters))[0]);
  expect([letter.key, letter.headers['requite-reason'], letter.headers['requite-origin-topic']]).toEqual([
    'm-1',
    'answerer-failed',
    topics.questions,
  ]);
});

test('a host stops quickly when nothing goes on', async () => {
  const backing = await newBacking();
  const host = await serveWorkflows([hasty], { backing, logger });
  await host.stop();
  expect(host.readiness()).toBe('stopping');
});

test('hosts of different types share one log without taking from each other', async () => {
  const definition = (type: string) =>
    workflow({
      type,
      version: 1,
      input: Guest,
      *run({ ask }, { guest }) {
        return yield* ask('echo', { guest }, Type.String());
      },
    });
  const [one, other] = [definition('one'), definition('other')];
  const backing = await newBacking();
  await serve(backing, [one]);
  await serve(backing, [other]);
  open.push(await serveAnswers({ echo: () => 'heard' }, { backing, logger }));
  const ids = Array.from({ length: 8 }, (_, at) => at);
  for (const at of ids) {
    await startWorkflow(one, `one-${at}`, input, { backing });
    await startWorkflow(other, `other-${at}`, input, { backing });
  }
  for (const id of ids.flatMap((at) => [`one-${at}`, `other-${at}`])) {
    expect(await awaitWorkflow(id, '20s', { backing })).toEqual({ status: 'completed', result: 'heard' });
  }
});

test('a workflow that no engine would take is refused where it is started', async () => {
  const backing = await newBacking();
  const start = (id: string, value: unknown) => startWorkflow(hasty, id, value as typeof input, { backing });
  for (const id of ['', 'a\nb', 'x'.repeat(300)]) {
    await expect(start(id, input)).rejects.toThrow('1 to 256 characters');
  }
  await expect(start('h-9', { visitor: 'Ada' })).rejects.toThrow('/guest');
});
