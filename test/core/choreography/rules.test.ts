import type { EventPattern } from '../../../core/choreography/pattern.ts';
import { matchesPattern } from '../../../core/choreography/pattern.ts';
import { type EventRule, eventRules, isTarget } from '../../../core/choreography/rules.ts';
import { checkedRules, EventRulesError } from '../../../core/choreography/rules-check.ts';
import { diffRules } from '../../../core/choreography/rules-diff.ts';
import { drawRules } from '../../../core/choreography/rules-draw.ts';
import { runningRules } from '../../../core/choreography/rules-record.ts';
import type { Json } from '../../../core/messages/json.ts';
import { assert, test } from '../../harness.ts';
import { incoming } from '../view/fold-batch-support.ts';
import { orderCreated } from './scene.ts';

const fits = (detail: EventPattern['detail'], data: Json): boolean =>
  matchesPattern(detail === undefined ? {} : { detail }, { source: 's', type: 't', data });

test('a pattern fits by exact values, prefixes, numbers, presence and what a value is not', () => {
  assert.ok(fits({ currency: ['EUR', 'USD'] }, { currency: 'USD' }));
  assert.ok(!fits({ currency: ['EUR'] }, { currency: 'USD' }));
  assert.ok(!fits({ count: [1] }, { count: '1' }));
  assert.ok(fits({ customerId: [{ prefix: 'vip-' }] }, { customerId: 'vip-7' }));
  assert.ok(!fits({ customerId: [{ prefix: 'vip-' }] }, { customerId: 'a-vip-7' }));
  assert.ok(fits({ total: [{ numeric: ['>=', 5, '<', 10] }] }, { total: 5 }));
  assert.ok(!fits({ total: [{ numeric: ['>=', 5, '<', 10] }] }, { total: 10 }));
  assert.ok(!fits({ total: [{ numeric: ['>', 5] }] }, { total: '6' }));
  assert.ok(fits({ gift: [{ exists: false }] }, {}));
  assert.ok(!fits({ gift: [{ exists: false }] }, { gift: null }));
  assert.ok(fits({ gift: [{ exists: true }] }, { gift: null }));
  assert.ok(fits({ country: [{ 'anything-but': ['IE'] }] }, { country: 'DE' }));
  assert.ok(!fits({ country: [{ 'anything-but': ['IE'] }] }, {}));
});

test('a pattern reaches into objects, and of a list one member is enough', () => {
  assert.ok(fits({ lines: { sku: ['BOOTS'] } }, { lines: [{ sku: 'CAPS' }, { sku: 'BOOTS' }] }));
  assert.ok(
    !fits(
      { lines: { sku: ['BOOTS'], quantity: [2] } },
      {
        lines: [
          { sku: 'BOOTS', quantity: 1 },
          { sku: 'CAPS', quantity: 2 },
        ],
      },
    ),
  );
  assert.ok(fits({ tags: ['gift'] }, { tags: ['new', 'gift'] }));
  assert.ok(!fits({ tags: [{ 'anything-but': ['gift'] }] }, { tags: ['new', 'gift'] }));
  assert.ok(!fits({ constructor: [{ exists: true }] }, {}));
  assert.ok(!fits({ a: { b: [1] } }, null));
});

test('all that is named must hold: source, type and detail', () => {
  const event = { source: 'order_service', type: 'order_created', data: { currency: 'EUR' } };
  assert.ok(
    matchesPattern(
      { source: ['order_service'], type: ['order_created'], detail: { currency: ['EUR'] } },
      event,
    ),
  );
  assert.ok(!matchesPattern({ source: ['logistic_service'], type: ['order_created'] }, event));
  assert.ok(!matchesPattern({ type: ['order_shipped'] }, event));
  assert.ok(matchesPattern({ type: [{ prefix: 'order_' }] }, event));
});

test("the checkout's rules can be run with, and send each order to those who work on it", () => {
  const rules = checkedRules(eventRules);
  const event = orderCreated('1');
  const targets = [
    'orders-service',
    'invoice-service',
    'fulfilment-service',
    'forecasting-service',
    'logistic-service',
  ];
  assert.deepEqual(
    targets.filter((target) => isTarget(rules, target, event)),
    targets.slice(0, 4),
  );
});

/** The flaws of the checkout's rules with others beside them, or in their place. */
function flawsOf(rules: unknown): readonly string[] {
  try {
    checkedRules(rules);
    return [];
  } catch (error) {
    assert.ok(error instanceof EventRulesError);
    return error.flaws;
  }
}
const beside = (rule: unknown): readonly string[] => flawsOf([...eventRules, rule]);

test('a rule is refused that names a target, a type or a source that is not there', () => {
  assert.match(
    beside({ name: 'r', pattern: { type: ['order_created'] }, targets: ['billing'] }).join(),
    /rule "r": there is no service "billing"/,
  );
  assert.match(
    beside({ name: 'r', pattern: { type: ['order_made'] }, targets: ['orders-service'] }).join(),
    /no events of type "order_made"/,
  );
  assert.match(
    beside({ name: 'r', pattern: { source: ['shop'] }, targets: ['orders-service'] }).join(),
    /"shop" sends no events/,
  );
});

test('a rule is refused that nothing can ever fit', () => {
  const pattern = { source: ['order_service'], type: ['order_shipped'] };
  assert.match(
    beside({ name: 'r', pattern, targets: ['invoice-service'] }).join(),
    /nothing can ever fit it/,
  );
  const detail = { total: [{ numeric: ['>', 5, '<', 5] }] };
  assert.match(
    beside({ name: 'r', pattern: { detail }, targets: ['invoice-service'] }).join(),
    /no number fits detail.total/,
  );
  assert.deepEqual(
    beside({
      name: 'r',
      pattern: { type: ['order_created'], detail: { total: [{ numeric: ['>', 5, '<', 6] }] } },
      targets: ['invoice-service'],
    }),
    [],
  );
});

test('rules are refused where two have one name, or say the same', () => {
  const [first] = eventRules as [EventRule];
  assert.match(beside({ ...first, targets: ['logistic-service'] }).join(), /is there twice/);
  assert.match(
    beside({ ...first, name: 'again', targets: ['invoice-service'] }).join(),
    /send the same events to invoice-service/,
  );
  assert.match(
    flawsOf([{ ...first, targets: ['invoice-service', 'invoice-service'] }]).join(),
    /a target twice/,
  );
});

test('rules are refused that leave a type of events to nobody', () => {
  const without = eventRules.filter(({ targets }) => !targets.includes('logistic-service'));
  assert.match(flawsOf(without).join(), /nobody takes events of type "fulfilment_completed"/);
});

test('rules are refused by which services wake each other for ever', () => {
  const rule = { name: 'r', pattern: { type: ['order_shipped'] }, targets: ['fulfilment-service'] };
  assert.deepEqual(beside(rule), [
    'fulfilment-service → logistic-service → fulfilment-service: each would wake the next for ever; take one of them out of its rule',
  ]);
  const itself = { name: 'r', pattern: { type: ['order_shipped'] }, targets: ['logistic-service'] };
  assert.match(beside(itself).join(), /^logistic-service → logistic-service:/);
});

test('what is no rule at all is refused, with where', () => {
  assert.match(
    flawsOf([{ name: 'r', pattern: { typ: ['order_created'] }, targets: ['orders-service'] }]).join(),
    /typ/,
  );
  assert.match(flawsOf([]).join(), /array/i);
  assert.match(flawsOf({}).join(), /array/i);
});

const running = new Map(
  ['orders-service', 'invoice-service', 'fulfilment-service', 'forecasting-service', 'logistic-service'].map(
    (name) => [name, eventRules],
  ),
);

test('the same rules make no difference', () => {
  const same = { added: [], removed: [], changed: [], reach: [], silent: [] };
  assert.deepEqual(diffRules(running, eventRules, [orderCreated('1')]), same);
});

test('a change of the rules shows who gains and who loses which events, counted over those that were', () => {
  const wanted = eventRules.map((rule) =>
    rule.name === 'each-order-is-worked-on'
      ? {
          ...rule,
          pattern: { ...rule.pattern, detail: { currency: ['EUR'] } },
          targets: [...rule.targets, 'logistic-service'],
        }
      : rule,
  );
  const events = [
    orderCreated('1', { currency: 'EUR' }),
    orderCreated('2', { currency: 'USD' }),
    orderCreated('3'),
  ];
  const { changed, reach } = diffRules(running, wanted, events);
  assert.deepEqual(changed, ['each-order-is-worked-on']);
  const created = { source: 'order_service', type: 'order_created' };
  const less = { ...created, before: 'all', after: 'some', gained: 0, lost: 2 };
  assert.deepEqual(reach, [
    { target: 'invoice-service', ...less },
    { target: 'fulfilment-service', ...less },
    { target: 'forecasting-service', ...less },
    { target: 'logistic-service', ...created, before: 'none', after: 'some', gained: 1, lost: 0 },
  ]);
});

test('a service that has not told its rules counts as taking nothing', () => {
  const few = new Map([...running].filter(([name]) => name !== 'logistic-service'));
  const { silent, reach } = diffRules(few, eventRules, []);
  assert.deepEqual(silent, ['logistic-service']);
  assert.deepEqual(
    reach.map(({ target, before, after }) => [target, before, after]),
    [['logistic-service', 'none', 'all']],
  );
});

test('the rules that a service told last are those that it runs with', () => {
  const told = (service: string, rules: unknown) =>
    incoming('event-rules', service, { service, rules } as Json);
  const [first] = eventRules as [EventRule];
  const found = runningRules([
    told('invoice-service', eventRules),
    told('invoice-service', [first]),
    told('logistic-service', eventRules),
    told('logistic-service', [{ pattern: 'of another version' }]),
  ]);
  assert.deepEqual([...found], [['invoice-service', [first]]]);
});

test('the picture has an arrow for each kind of events from who sends it to who takes it', () => {
  const [first] = eventRules as [EventRule];
  const rule = {
    ...first,
    pattern: { ...first.pattern, detail: { currency: ['EUR'] } },
    targets: ['invoice-service'],
  };
  const lines = drawRules([rule]).split('\n');
  assert.equal(lines[0], 'flowchart LR');
  assert.deepEqual(
    lines.filter((line) => line.includes('-->')),
    ['  orders_service -- "order_created if {#quot;currency#quot;:[#quot;EUR#quot;]}" --> invoice_service'],
  );
});
