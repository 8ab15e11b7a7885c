import { Value } from '@sinclair/typebox/value';
import { billGeneration, CUSTOMER_CATEGORY, RenderedBill } from '../../../core/billing/bill-generation.ts';
import type { Customer } from '../../../core/billing/customer.ts';
import { renderBill } from '../../../core/billing/render-text.ts';
import type { Json } from '../../../core/messages/json.ts';
import { sha256 } from '../../../core/messages/sha256.ts';
import { assert, test } from '../../harness.ts';
import { emptyCustomer, japaneseYen, latinEuro } from '../billing/customers.ts';
import { answer, answerError, endedAs, Scene, start } from './support.ts';

const type = 'bill-generation';
const json = (customer: Customer): Json => JSON.parse(JSON.stringify(customer)) as Json;

/** The bill that a scene's job came to. */
function billOf(scene: Scene, id: string): RenderedBill {
  const last = scene.job(id).events.at(-1);
  assert.equal(last?.event, 'completed');
  const result = last?.event === 'completed' ? last.result : null;
  assert.ok(Value.Check(RenderedBill, result));
  return result;
}

for (const customer of [latinEuro, japaneseYen, emptyCustomer]) {
  test(`workflow, question, answer, bill: ${customer.name} (invariant 4)`, () => {
    const { customerIdentifier } = customer;
    const scene = new Scene([billGeneration]);
    const asked = scene.when(start(type, '71638', { customerIdentifier }));
    assert.deepEqual(asked.questions, [`0 ${CUSTOMER_CATEGORY}`]);
    assert.deepEqual(JSON.parse(asked.records[0]?.value as string), {
      qaIdentifier: 'bill-generation/71638/0',
      questionCategory: 'customer',
      payload: { customerIdentifier },
    });
    const { reports } = scene.when(answer(type, '71638', 0, json(customer)));
    assert.equal(reports[0]?.status, 'completed');
    const rendered = billOf(scene, '71638');
    assert.equal(rendered.sha256, sha256(renderBill(rendered.bill)));
    assert.equal(rendered.bill.workflowId, '71638');
    assert.equal(rendered.bill.billDate, '2020-04-15');
  });
}

test('the bytes of a bill depend on input and answer alone, not on when or how often they came (invariant 4)', () => {
  const records = [start(type, 'a', { customerIdentifier: '321' }), answer(type, 'a', 0, json(latinEuro))];
  const [undisturbed, disturbed] = [new Scene([billGeneration]), new Scene([billGeneration])];
  undisturbed.when(...records);
  disturbed.nowMs += 86_400_000;
  for (const each of [1, 1, 0, 0, 1]) {
    disturbed.nowMs += 3_600_000;
    disturbed.settings.earlyWaitMs = 1e9;
    disturbed.when(records[each] as never);
  }
  assert.deepEqual(billOf(disturbed, 'a'), billOf(undisturbed, 'a'));
  assert.equal(disturbed.job('a').resultHash, undisturbed.job('a').resultHash);
});

test('the bill is dated as asked for', () => {
  const scene = new Scene([billGeneration]);
  scene.when(
    start(type, 'a', { customerIdentifier: '321', billDate: '2026-02-28' }),
    answer(type, 'a', 0, json(latinEuro)),
  );
  assert.equal(billOf(scene, 'a').bill.billDate, '2026-02-28');
});

test('a customer that nobody knows fails the job with the reason', () => {
  const scene = new Scene([billGeneration]);
  scene.when(start(type, 'a', { customerIdentifier: '404' }));
  const { reports } = scene.when(
    answerError(type, 'a', 0, 'customer-not-found', 'There is no customer 404.'),
  );
  assert.deepEqual(reports[0]?.events.at(-1), {
    event: 'failed',
    error: { code: 'customer-not-found', message: 'There is no customer 404.' },
  });
  assert.deepEqual([scene.job('a').status, scene.job('a').resultHash], ['failed', null]);
});

test('an answer that is no customer goes to the dead letters, and the job waits for one that is', () => {
  const scene = new Scene([billGeneration]);
  scene.when(start(type, 'a', { customerIdentifier: '321' }));
  const misfits: readonly Json[] = [
    null,
    {},
    [],
    'customer',
    { ...(json(latinEuro) as object), currency: 'euro' },
    { ...(json(latinEuro) as object), usage: 'none' },
  ];
  for (const each of misfits) endedAs(scene.when(answer(type, 'a', 0, each)), 'deadLettered answer-misfit');
  assert.equal(scene.job('a').status, 'waiting');
  endedAs(scene.when(answer(type, 'a', 0, json(latinEuro))), 'applied');
  assert.equal(scene.job('a').status, 'completed');
});

test('a customer that cannot be billed, or a date that is none, fails the job with the reason', () => {
  const scene = new Scene([billGeneration]);
  scene.when(
    start(type, 'a', { customerIdentifier: '321' }),
    answer(type, 'a', 0, json({ ...latinEuro, currency: 'ZZZ' })),
  );
  assert.deepEqual([scene.job('a').status, scene.job('a').problem?.code], ['failed', 'unknown-currency']);
  scene.when(start(type, 'b', { customerIdentifier: '321', billDate: '2026-02-30' }));
  assert.deepEqual([scene.job('b').status, scene.job('b').problem?.code], ['failed', 'bad-bill-date']);
});

test('an answer about another customer bills nobody', () => {
  const scene = new Scene([billGeneration]);
  scene.when(start(type, 'a', { customerIdentifier: '322' }), answer(type, 'a', 0, json(latinEuro)));
  assert.deepEqual([scene.job('a').status, scene.job('a').problem?.code], ['failed', 'wrong-customer']);
});

test('a bill-generation has no time limit: the answer may come in years', () => {
  const scene = new Scene([billGeneration]);
  scene.when(start(type, 'a', { customerIdentifier: '321' }));
  assert.deepEqual(scene.tick(10 * 365 * 86_400_000).records, []);
  scene.when(answer(type, 'a', 0, json(latinEuro)));
  assert.equal(billOf(scene, 'a').bill.billDate, '2020-04-15');
});

test('a request that is none makes no job', () => {
  const scene = new Scene([billGeneration]);
  const requests: readonly Json[] = [
    null,
    {},
    { customerIdentifier: 7 },
    { customerIdentifier: '' },
    { customerIdentifier: 'a\0' },
    { customerIdentifier: '1', billDate: 'today' },
  ];
  for (const request of requests)
    endedAs(scene.when(start(type, 'a', request)), 'deadLettered invalid-input');
  assert.deepEqual(scene.jobs, []);
});
