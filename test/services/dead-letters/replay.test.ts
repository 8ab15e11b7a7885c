import { afterEach, beforeEach, expect, test } from 'bun:test';
import { partitionFor, Type, topics, workflow } from '../../../core/mod.ts';
import { until } from '../../support/until.ts';
import { BillingBench, PARTITIONS } from './support.ts';

let bench: BillingBench;
beforeEach(async () => {
  bench = await BillingBench.make();
});
afterEach(() => bench.close());

const letters = () => bench.records(topics.deadLetters);
const placeOf = async (key: string, at = 0): Promise<string> => {
  const found = (await letters()).filter((letter) => letter.key === key)[at];
  return `${found?.partition}/${found?.offset}`;
};
const lettersCome = (count: number) =>
  until(`${count} dead letters`, async () => (await letters()).length === count);

/** The engine as it was before somebody mended it: it takes only customers that have a region. */
const strict = workflow({
  type: 'bill-generation',
  version: 1,
  input: Type.Object({ customerIdentifier: Type.String(), region: Type.String() }),
  // biome-ignore lint/correctness/useYield: nothing gets so far
  *run() {
    return null;
  },
});

test('a request that was refused for its payload is refused again, and the new letter names the replay', async () => {
  await bench.startEngine();
  await bench.request('bad', { customer: '1' });
  await lettersCome(1);
  const place = await placeOf('bad');
  expect(await bench.deadLetters(`replay ${place}`)).toEqual({
    status: 0,
    out: `${place} went to workflow-queue, partition ${partitionFor('bad', PARTITIONS)}\n1 letter replayed, 0 refused\n`,
    err: '',
  });
  await lettersCome(2);
  const [first, second] = await letters();
  expect([second?.key, second?.value]).toEqual(['bad', first?.value ?? null]);
  expect(second?.headers).toMatchObject({ 'requite-reason': 'invalid-input', 'requite-replay-of': place });
  expect((await bench.deadLetters('list')).out).toContain(`replay of ${place}`);
  expect(await bench.statuses('bad')).toEqual([]);
}, 60_000);

test('one whose reason was mended goes on, also when it is replayed while nothing runs; replayed twice it is one bill', async () => {
  await bench.startOther(strict);
  await bench.request('mended');
  await lettersCome(1);
  await bench.stopAll();
  const place = await placeOf('mended');
  expect((await bench.deadLetters('replay --reason invalid-input')).out).toContain('1 letter replayed');
  expect((await bench.deadLetters('replay --reason invalid-input')).out).toBe(
    '0 letters replayed, 0 refused\n',
  );
  await bench.startEngine();
  await bench.startAnswers();
  await until('the bill', () => bench.bills().length === 1);
  expect((await bench.deadLetters(`replay ${place}`)).status).toBe(0);
  expect((await bench.deadLetters('replay --reason invalid-input --all')).out).toContain('1 letter replayed');
  // what comes after the replays in their partition has been taken: so have they
  await bench.request('mended', { customerIdentifier: 'other' });
  await lettersCome(2);
  expect(bench.bills()).toEqual(['mended.txt']);
  expect(await bench.statuses('mended')).toEqual(['waiting', 'waiting', 'completed']);
  expect((await bench.records(topics.workflowQueue)).length).toBe(5);
}, 60_000);

test('an answer that does not fit is refused again, and the question waits on for one that does', async () => {
  await bench.startEngine();
  await bench.request('w');
  await until('the question', async () => (await bench.records(topics.questions)).length === 1);
  const answer = JSON.stringify({ qaIdentifier: 'bill-generation/w/0', answer: { no: 'customer' } });
  await bench.publish(topics.answers, 'w', answer);
  await lettersCome(1);
  await bench.deadLetters(`replay ${await placeOf('w')}`);
  await lettersCome(2);
  expect((await letters()).map(({ headers }) => headers['requite-reason'])).toEqual([
    'answer-misfit',
    'answer-misfit',
  ]);
  expect(await bench.statuses('w')).toEqual(['waiting']);
  await bench.startAnswers();
  await until('the bill', () => bench.bills().length === 1);
}, 60_000);
