import fc from 'fast-check';
import type { Json } from '../../../core/messages/json.ts';
import { CHECK_TYPES, type Order, type OrderValidation } from '../../../core/orders/order.ts';
import { orderValidation, type ValidatedOrder } from '../../../core/orders/order-validation.ts';
import { orderTopics } from '../../../core/orders/topics.ts';
import { assert, test } from '../../harness.ts';
import { endedAs, event, Scene, start } from '../workflow/support.ts';

const [INVENTORY, FRAUD, DETAILS] = CHECK_TYPES;
const definition = orderValidation({ timeLimit: '5m' });

const order: Order = {
  id: 'o-1',
  customerId: '15',
  state: 'CREATED',
  revision: 1,
  lines: [{ product: 'JUMPERS', quantity: 1, price: '5.00' }],
  createdAt: '2026-12-01T10:00:00.000Z',
  failures: [],
};

const asked = () => start('order-validation', 'o-1', order as unknown as Json);

function result(checkType: string, validationResult: 'PASS' | 'FAIL', reasons?: string[]) {
  const value: OrderValidation = { orderId: 'o-1', checkType, validationResult, ...(reasons && { reasons }) };
  return event(orderTopics.orderValidations, 'o-1', value as unknown as Json);
}
const pass = (checkType: string) => result(checkType, 'PASS');
const fail = (checkType: string, ...reasons: string[]) => result(checkType, 'FAIL', reasons);

function resultOf(scene: Scene): ValidatedOrder | undefined {
  const last = scene.job('o-1').events.at(-1);
  return last?.event === 'completed' ? (last.result as ValidatedOrder) : undefined;
}

const validated: ValidatedOrder = { orderId: 'o-1', state: 'VALIDATED', failures: [] };
const failed = (...failures: ValidatedOrder['failures']): ValidatedOrder => ({
  orderId: 'o-1',
  state: 'FAILED',
  failures,
});

test('an order that passes every check is validated, in whatever order they come', () => {
  for (const order of [CHECK_TYPES, CHECK_TYPES.toReversed(), [FRAUD, INVENTORY, DETAILS]]) {
    const scene = new Scene([definition]);
    scene.when(asked());
    for (const [nth, checkType] of order.entries()) {
      assert.equal(resultOf(scene), undefined, `before check ${nth}`);
      scene.when(pass(checkType));
    }
    assert.deepEqual(resultOf(scene), validated);
  }
});

test('checks that come before their order are counted when it comes', () => {
  const scene = new Scene([definition]);
  scene.when(...CHECK_TYPES.map(pass));
  scene.when(asked());
  assert.deepEqual(resultOf(scene), validated);
});

test('the first check that fails fails the order at once, with its reasons', () => {
  const scene = new Scene([definition]);
  scene.when(asked(), pass(FRAUD));
  scene.when(fail(DETAILS, 'no quantity', 'no such product'));
  const expected = failed({ checkType: DETAILS, reasons: ['no quantity', 'no such product'] });
  assert.deepEqual(resultOf(scene), expected);
});

test('a check that fails without reasons fails the order too', () => {
  const scene = new Scene([definition]);
  scene.when(asked(), result(INVENTORY, 'FAIL'));
  assert.deepEqual(resultOf(scene), failed({ checkType: INVENTORY, reasons: [] }));
});

test('what comes after the order has failed changes nothing, and is no dead letter', () => {
  for (const finished of ['keep', 'tombstone'] as const) {
    const scene = new Scene([definition], { finished });
    scene.when(asked(), fail(FRAUD, 'too much'));
    const before = scene.job('o-1');
    for (const late of [
      pass(INVENTORY),
      fail(DETAILS, 'x'),
      fail(FRAUD, 'too much'),
      pass(FRAUD),
      pass('OTHER'),
    ]) {
      const outcome = scene.when(late);
      endedAs(outcome, 'repeat');
      assert.deepEqual(outcome.records, []);
    }
    assert.deepEqual(scene.job('o-1'), before);
  }
});

test('the first result of a check counts: a repeat, a contradiction and an unknown check change nothing', () => {
  const scene = new Scene([definition]);
  scene.when(asked(), pass(FRAUD));
  scene.when(pass(FRAUD), fail(FRAUD, 'thought again'), fail('MOOD_CHECK', 'sad'));
  assert.equal(resultOf(scene), undefined);
  const { letters } = scene.when(pass(INVENTORY), pass(DETAILS));
  assert.deepEqual([resultOf(scene), letters], [validated, []]);
});

test('a result about another order does not count, nor does what is no result', () => {
  const scene = new Scene([definition]);
  const foreign: Json = { orderId: 'o-2', checkType: FRAUD, validationResult: 'FAIL' };
  scene.when(asked(), event(orderTopics.orderValidations, 'o-1', foreign));
  scene.when(event(orderTopics.orderValidations, 'o-1', { checkType: FRAUD, validationResult: 'MAYBE' }));
  scene.when(...CHECK_TYPES.map(pass));
  assert.deepEqual(resultOf(scene), validated);
});

test('silence past the limit fails the order, and names who was silent', () => {
  const scene = new Scene([definition]);
  scene.when(asked(), pass(FRAUD));
  scene.tick(299_999);
  assert.equal(resultOf(scene), undefined);
  scene.tick(1);
  const reasons = ['no answer within 5m'];
  assert.deepEqual(
    resultOf(scene),
    failed({ checkType: INVENTORY, reasons }, { checkType: DETAILS, reasons }),
  );
  endedAs(scene.when(pass(INVENTORY)), 'repeat');
});

test('where nobody answers, every validator is named, with a limit in milliseconds too', () => {
  const scene = new Scene([orderValidation({ timeLimit: 1500 })]);
  scene.when(asked());
  scene.tick(1500);
  const named = CHECK_TYPES.map((checkType) => ({ checkType, reasons: ['no answer within 1500ms'] }));
  assert.deepEqual(resultOf(scene), failed(...named));
});

test('an order that has its end wakes nobody', () => {
  const scene = new Scene([definition]);
  scene.when(asked(), fail(FRAUD, 'too much'));
  assert.equal(scene.job('o-1').wakeAtMs, null);
});

test('a limit that is no duration is refused when the workflow is made', () => {
  assert.throws(() => orderValidation({ timeLimit: 'soon' }), /is not a duration/);
});

test('what is no order is refused (invariant 8)', () => {
  const scene = new Scene([definition]);
  endedAs(scene.when(start('order-validation', 'o-1', { id: 'o-1' })), 'deadLettered invalid-input');
});

test('in any order, with repeats and contradictions: the first result of each check decides', () => {
  const check = fc.record({
    checkType: fc.constantFrom(...CHECK_TYPES, 'OTHER_CHECK'),
    passes: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(check, { maxLength: 10 }), fc.boolean(), (checks, atOnce) => {
      const records = checks.map(({ checkType, passes }) =>
        passes ? pass(checkType) : fail(checkType, 'no'),
      );
      const scene = new Scene([definition]);
      if (atOnce) scene.when(asked(), ...records);
      else for (const record of [asked(), ...records]) scene.when(record);
      scene.tick(300_000);
      const first = new Map<string, boolean>();
      for (const { checkType, passes } of checks) {
        const isFirst = CHECK_TYPES.some((known) => known === checkType) && !first.has(checkType);
        if (isFirst) first.set(checkType, passes);
        if (isFirst && !passes) break;
      }
      const broke = [...first.values()].includes(false);
      const failures = CHECK_TYPES.flatMap((checkType) => {
        const passed = first.get(checkType);
        if (passed === false) return [{ checkType, reasons: ['no'] }];
        return passed === undefined && !broke ? [{ checkType, reasons: ['no answer within 5m'] }] : [];
      });
      assert.deepEqual(resultOf(scene), failures.length === 0 ? validated : failed(...failures));
    }),
  );
});
