import fc from 'fast-check';
import type { BillNumberQuestion } from '../../../core/billing/bill-number.ts';
import type { Json } from '../../../core/messages/json.ts';
import type { IncomingRecord, OutgoingRecord } from '../../../core/messages/record.ts';
import { sha256 } from '../../../core/messages/sha256.ts';
import { topics } from '../../../core/messages/topics.ts';
import { billNumberQuestionsFold, billNumbersFold } from '../../../core/numbering/bill-numbers.ts';
import { numberingTopics } from '../../../core/numbering/topics.ts';
import { assert, test } from '../../harness.ts';
import { FoldBench, homeOf, incoming, on } from '../view/fold-batch-support.ts';

const { billNumberRequests } = numberingTopics;
const qaOf = (id: string): string => `bill-generation/${id}/1`;

/** The question of a workflow, as its engine asks it. */
function question(id: string, fields: Partial<BillNumberQuestion> = {}, at = {}): IncomingRecord {
  const payload = { issuer: 'IE1', year: '2026', bill: sha256(id), ...fields };
  const value = { qaIdentifier: qaOf(id), questionCategory: 'bill-number', payload };
  return incoming(topics.questions, id, value, at);
}

const put = (...records: readonly IncomingRecord[]): readonly OutgoingRecord[] =>
  new FoldBench(billNumberQuestionsFold).run(...records).records;

/** Requests, as they lie on their topic. */
const requests = (...records: readonly IncomingRecord[]): IncomingRecord[] =>
  put(...records).map(({ topic, partition, key, value }) =>
    incoming(topic, String(key), value, { partition }),
  );

const numbersIn = (records: readonly OutgoingRecord[]): string[] =>
  on(records, topics.answers).map(
    ({ value }) => (value as unknown as { answer: { number: string } }).answer.number,
  );

test('a question goes to the partition of its series, and its answer back to that of the question, with its key', () => {
  const asked = question('a', {}, { partition: 3 });
  const put = requests(asked);
  assert.deepEqual(
    put.map(({ topic, partition, key }) => [topic, partition, key]),
    [[billNumberRequests, homeOf('IE1-2026'), 'IE1-2026']],
  );
  assert.deepEqual(on(new FoldBench(billNumbersFold).run(...put).records, topics.answers), [
    {
      key: 'a',
      partition: 3,
      value: {
        qaIdentifier: qaOf('a'),
        questionCategory: 'bill-number',
        answer: { number: 'IE1-2026-000001' },
      },
      headers: {},
    },
  ]);
});

test('each issuer counts by itself, and each year begins with 1', () => {
  const bench = new FoldBench(billNumbersFold);
  const all = [['a'], ['b', { issuer: 'DE2' }], ['c'], ['d', { year: '2027' }], ['e']] as const;
  const asked = all.flatMap(([id, fields = {}]) => requests(question(id, fields)));
  assert.deepEqual(numbersIn(bench.run(...asked).records), [
    'IE1-2026-000001',
    'DE2-2026-000001',
    'IE1-2026-000002',
    'IE1-2027-000001',
    'IE1-2026-000003',
  ]);
});

test('what is asked again gets the number that it had, in the same batch or later', () => {
  const bench = new FoldBench(billNumbersFold);
  const [a, b, c] = ['a', 'b', 'c'].flatMap((id) => requests(question(id))) as [
    IncomingRecord,
    IncomingRecord,
    IncomingRecord,
  ];
  assert.deepEqual(numbersIn(bench.run(a, b, a).records), [
    'IE1-2026-000001',
    'IE1-2026-000002',
    'IE1-2026-000001',
  ]);
  assert.deepEqual(numbersIn(bench.run(b, c).records), ['IE1-2026-000002', 'IE1-2026-000003']);
});

test('what was decided and not saved is decided alike when it comes again', () => {
  const bench = new FoldBench(billNumbersFold);
  const asked = ['a', 'b'].flatMap((id) => requests(question(id)));
  const lost = bench.decide(...asked);
  assert.deepEqual(bench.run(...asked).records, lost.records);
  assert.deepEqual(bench.state('series/IE1-2026'), { count: 2 });
});

test('another bill under a question that has its number is refused, and takes none', () => {
  const bench = new FoldBench(billNumbersFold);
  bench.run(...requests(question('a')));
  const { records } = bench.run(...requests(question('a', { bill: sha256('other') })));
  assert.deepEqual(
    records.map(({ topic, headers }) => [topic, headers?.['requite-reason']]),
    [['dead-letters', 'bill-number-conflict']],
  );
  assert.deepEqual(bench.state('series/IE1-2026'), { count: 1 });
});

test('a thousand bills of a batch are a thousand answers and a thousand and one states', () => {
  const asked = Array.from({ length: 1_000 }, (_, at) => requests(question(`w-${at}`))).flat();
  const { decided, records } = new FoldBench(billNumbersFold).run(...asked);
  assert.equal(decided.filter(({ change }) => change !== null).length, 1_001);
  assert.deepEqual(
    numbersIn(records),
    Array.from({ length: 1_000 }, (_, at) => `IE1-2026-${String(at + 1).padStart(6, '0')}`),
  );
});

test('numbers go on in more digits after a million', () => {
  const bench = new FoldBench(billNumbersFold);
  bench.run(...requests(question('a')));
  for (const [id, job] of bench.stored)
    if (id.includes('series/')) bench.stored.set(id, { ...job, input: { count: 999_999 } });
  assert.deepEqual(numbersIn(bench.run(...requests(question('b'))).records), ['IE1-2026-1000000']);
});

test('questions of others are left alone, and one that can not be numbered gets an error', () => {
  const other = { qaIdentifier: 'q/a/0', questionCategory: 'customer', payload: { note: '"bill-number"' } };
  assert.deepEqual(put(incoming(topics.questions, 'a', other)), []);
  assert.deepEqual(put(incoming(topics.questions, 'a', 'broken')), []);
  const replies = on(put(question('a', { year: 'next' })), topics.answers).map(({ value }) => {
    const { qaIdentifier, error } = value as unknown as { qaIdentifier: string; error: { code: string } };
    return [qaIdentifier, error.code];
  });
  assert.deepEqual(replies, [[qaOf('a'), 'invalid-question']]);
  const keyless = put({ ...question('a'), key: null });
  assert.deepEqual(
    keyless.map(({ topic, headers }) => [topic, headers?.['requite-reason']]),
    [['dead-letters', 'missing-key']],
  );
});

test('whatever comes how often, in whatever batches, and whatever is lost: 1 to n, each once', () => {
  const batches = fc.array(
    fc.record({ ids: fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 8 }), isLost: fc.boolean() }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(batches, (all) => {
      const bench = new FoldBench(billNumbersFold);
      const given = new Map<Json, string>();
      for (const { ids, isLost } of all) {
        const asked = ids.flatMap((id) => requests(question(`w-${id}`)));
        if (isLost) {
          bench.decide(...asked);
          continue;
        }
        for (const { key, value } of on(bench.run(...asked).records, topics.answers)) {
          const { number } = (value as unknown as { answer: { number: string } }).answer;
          const before = given.get(String(key));
          assert.ok(
            before === undefined || before === number,
            `${String(key)} had ${before}, and got ${number}`,
          );
          given.set(String(key), number);
        }
      }
      const numbers = [...given.values()].map((number) => Number(number.split('-').at(-1)));
      assert.deepEqual(
        numbers.sort((one, other) => one - other),
        Array.from({ length: given.size }, (_, at) => at + 1),
      );
    }),
    { numRuns: 100 },
  );
});
