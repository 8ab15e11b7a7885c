import { Type } from '@sinclair/typebox';
import { topics } from '../../../core/messages/topics.ts';
import { foldInput, type KeyedFold } from '../../../core/view/keyed-fold.ts';
import { stateId } from '../../../core/view/keyed-state.ts';
import { MOVED_HEADER } from '../../../core/workflow/intake.ts';
import { assert, test } from '../../harness.ts';
import { FoldBench, homeOf, incoming, on, PARTITIONS } from './fold-batch-support.ts';

interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}
type Account = { readonly balance: number; readonly seen: readonly string[] };

const TRANSFERS = 'transfers';
const NOTES = 'notes';

/** Moves money between two accounts; notes are counted and change nothing. */
const accounts: KeyedFold<Transfer | string, Account> = {
  name: 'accounts',
  inputs: [
    foldInput(TRANSFERS, Type.Object({ from: Type.String(), to: Type.String(), amount: Type.Integer() }), {
      toMessage: (transfer) => (transfer.amount === 0 ? null : transfer),
      keyOf: ({ from }) => from,
    }),
    foldInput(NOTES, Type.Object({ about: Type.String() }), {
      toMessage: ({ about }) => about,
      onTombstone: (key) => `no more of ${key}`,
    }),
  ],
  keysOf: (message) => (typeof message === 'string' ? [] : [message.from, message.to]),
  fold: (message, states) => {
    if (typeof message === 'string') return [{ topic: NOTES, key: 'k', value: message }];
    const { from, to, amount } = message;
    const at = (key: string): Account => states.get(key) ?? { balance: 0, seen: [] };
    if (amount > 1000) return { refused: { reason: 'too-much', detail: 'send less at once' } };
    states.set(from, { balance: at(from).balance - amount, seen: [...at(from).seen, to] });
    states.set(to, { balance: at(to).balance + amount, seen: [...at(to).seen, from] });
    return [{ topic: 'moved', key: to, value: at(to).balance, headers: { by: from } }];
  },
};

const transfer = (from: string, to: string, amount: number) =>
  incoming(TRANSFERS, from, { from, to, amount });

test('folds a batch in log order: each message sees what those before it in the batch changed', () => {
  const bench = new FoldBench(accounts);
  const { records, ledger } = bench.run(transfer('a', 'b', 5), transfer('b', 'c', 3), transfer('a', 'b', 1));
  assert.deepEqual(
    on(records, 'moved').map(({ key, value }) => [key, value]),
    [
      ['b', 5],
      ['c', 3],
      ['b', 3],
    ],
  );
  assert.deepEqual(bench.state('b'), { balance: 3, seen: ['a', 'c', 'a'] });
  assert.deepEqual(ledger, { 'transfers applied': 3 });
});

test('goes on from the stored states, and counts their revisions up', () => {
  const bench = new FoldBench(accounts);
  bench.run(transfer('a', 'b', 5));
  const { decided } = bench.run(transfer('a', 'b', 2), transfer('c', 'b', 2));
  assert.deepEqual(bench.state('b'), { balance: 9, seen: ['a', 'a', 'c'] });
  const revisions = decided.flatMap(({ change }) =>
    change === null ? [] : [[change.job.workflowId, change.job.revision]],
  );
  assert.deepEqual(revisions, [
    [stateId('accounts', 'a'), 2],
    [stateId('accounts', 'b'), 2],
    [stateId('accounts', 'c'), 1],
  ]);
});

test('a state belongs to the partition of the record that changed it last', () => {
  const bench = new FoldBench(accounts);
  bench.run(transfer('a', 'b', 5));
  assert.equal(bench.stored.get(stateId('accounts', 'b'))?.partition, homeOf('a'));
});

test('what is published goes to the partition of its own key, with its headers', () => {
  const { records } = new FoldBench(accounts).run(transfer('a', 'b', 5));
  const [moved] = on(records, 'moved');
  assert.deepEqual(moved, { key: 'b', partition: homeOf('b'), value: 5, headers: { by: 'a' } });
});

test('a record outside the partition of its key is moved home once, unchanged, and then refused', () => {
  const bench = new FoldBench(accounts);
  const away = { ...transfer('a', 'b', 5), partition: (homeOf('a') + 1) % PARTITIONS, headers: { h: '1' } };
  const moved = bench.run(away);
  assert.deepEqual(moved.ledger, { 'transfers moved': 1 });
  assert.equal(bench.stored.size, 0);
  const [record] = moved.records;
  const from = `transfers/${away.partition}/${away.offset}`;
  assert.deepEqual(record, {
    topic: TRANSFERS,
    partition: homeOf('a'),
    key: 'a',
    value: away.value,
    headers: { h: '1', [MOVED_HEADER]: from },
  });
  const again = bench.run({ ...away, headers: { [MOVED_HEADER]: from } });
  assert.deepEqual(again.ledger, { 'transfers deadLettered misplaced': 1 });
  assert.equal(again.records[0]?.topic, topics.deadLetters);
  assert.equal(again.records[0]?.value, away.value);
});

test('where any partition will do, nothing is moved', () => {
  const note = { ...incoming(NOTES, 'x', { about: 'it' }), partition: (homeOf('x') + 1) % PARTITIONS };
  assert.deepEqual(new FoldBench(accounts).run(note).ledger, { 'notes applied': 1 });
});

test('what is not ours is counted and left alone', () => {
  const bench = new FoldBench(accounts);
  const { ledger, decided } = bench.run(transfer('a', 'b', 0), incoming('elsewhere', 'a', {}));
  assert.deepEqual(ledger, { 'transfers notOurs': 1, 'elsewhere notOurs': 1 });
  assert.deepEqual(decided, []);
});

test('what can not be read goes to the dead letters as it came, with the reason, and stops nothing', () => {
  const bench = new FoldBench(accounts);
  const bad = [
    incoming(TRANSFERS, 'a', 'no json'),
    incoming(TRANSFERS, 'a', new Uint8Array([0xff])),
    incoming(TRANSFERS, 'a', { from: 'a' }),
    incoming(TRANSFERS, 'a', null),
  ];
  const { ledger, records } = bench.run(...bad, transfer('a', 'b', 1));
  assert.deepEqual(ledger, {
    'transfers deadLettered invalid-json': 1,
    'transfers deadLettered invalid-utf8': 1,
    'transfers deadLettered invalid-message': 1,
    'transfers deadLettered tombstone': 1,
    'transfers applied': 1,
  });
  const letters = records.filter(({ topic }) => topic === topics.deadLetters);
  assert.deepEqual(
    letters.map(({ value }) => value),
    bad.map(({ value }) => value),
  );
  assert.equal(letters[0]?.headers?.['requite-origin-offset'], String(bad[0]?.offset));
});

test('an input may say what a deletion means', () => {
  const { records } = new FoldBench(accounts).run(incoming(NOTES, 'x', null));
  assert.deepEqual(
    on(records, NOTES).map(({ value }) => value),
    ['no more of x'],
  );
});

test('a message that the fold refuses goes to the dead letters with its reason; others of the batch count', () => {
  const bench = new FoldBench(accounts);
  const much = transfer('a', 'b', 1001);
  const { ledger, records } = bench.run(transfer('a', 'b', 1), much, transfer('a', 'b', 1));
  assert.deepEqual(ledger, { 'transfers applied': 2, 'transfers deadLettered too-much': 1 });
  const letter = records.find(({ topic }) => topic === topics.deadLetters);
  assert.equal(letter?.value, much.value);
  assert.equal(letter?.headers?.['requite-reason'], 'too-much');
  assert.equal(letter?.headers?.['requite-detail'], 'send less at once');
  assert.deepEqual(bench.state('b'), { balance: 2, seen: ['a', 'a'] });
});

test('a message that changes nothing is a repeat', () => {
  const still: KeyedFold<Transfer> = { ...accounts, name: 'still', fold: () => [] } as KeyedFold<Transfer>;
  assert.deepEqual(new FoldBench(still).run(transfer('a', 'b', 1)).ledger, { 'transfers repeat': 1 });
});

/** A fold of transfers that does only this with its states. */
const doing = (fold: KeyedFold<Transfer, Account>['fold']): FoldBench =>
  new FoldBench({ ...accounts, name: 'doing', fold } as KeyedFold<Transfer, Account>);

test('a state is what a restart would see: it went through JSON, is cut off from its maker, and is frozen', () => {
  const made = { balance: 1, seen: ['x'], gone: undefined };
  let got: Account | undefined;
  const bench = doing(({ from }, states) => {
    if (states.get(from) === undefined) states.set(from, made);
    else got = states.get(from);
    return [];
  });
  made.seen.push('later');
  bench.run(transfer('a', 'b', 1), transfer('a', 'b', 1));
  assert.deepEqual(got, { balance: 1, seen: ['x', 'later'] });
  assert.ok(Object.isFrozen(got) && Object.isFrozen(got?.seen));
  got = undefined;
  bench.run(transfer('a', 'b', 1));
  assert.ok(got !== undefined && Object.isFrozen(got), 'a stored state is frozen too');
  made.balance = 7;
  assert.deepEqual(bench.state('a'), { balance: 1, seen: ['x', 'later'] });
});

test('a fold that asks for a state which keysOf did not name throws, and says which', () => {
  const bench = doing((_, states) => {
    states.get('other');
    return [];
  });
  assert.throws(() => bench.run(transfer('a', 'b', 1)), /fold doing: state "other" is not among/);
  const writing = doing((_, states) => {
    states.set('other', { balance: 0, seen: [] });
    return [];
  });
  assert.throws(() => writing.run(transfer('a', 'b', 1)), /state "other"/);
});

test('a fold that changes a state and then refuses the message throws: half of it must not stand', () => {
  const bench = doing(({ from }, states) => {
    states.set(from, { balance: 1, seen: [] });
    return { refused: { reason: 'no', detail: 'no' } };
  });
  assert.throws(() => bench.run(transfer('a', 'b', 1)), /refused a message that it let change a state/);
});

test('states and records of a batch are decided as one unit: each state once, every record in order', () => {
  const bench = new FoldBench(accounts);
  const { decided } = bench.decide(
    transfer('a', 'b', 5),
    transfer('a', 'c', 3),
    incoming(TRANSFERS, 'a', ''),
  );
  const changed = decided.flatMap(({ change }) => (change === null ? [] : [change.job.workflowId]));
  assert.deepEqual(
    changed,
    ['a', 'b', 'c'].map((key) => stateId('accounts', key)),
  );
  assert.deepEqual(
    decided.flatMap(({ records }) => records.map(({ topic }) => topic)),
    ['moved', 'moved', topics.deadLetters],
  );
  assert.equal(bench.stored.size, 0);
});

test('the same batch over the same states is decided the same', () => {
  const bench = new FoldBench(accounts);
  bench.run(transfer('a', 'b', 5));
  const batch = [transfer('a', 'b', 1), transfer('b', 'a', 2)];
  assert.deepEqual(bench.decide(...batch), bench.decide(...batch));
});
