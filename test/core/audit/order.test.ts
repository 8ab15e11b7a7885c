import fc from 'fast-check';
import { standingOf } from '../../../core/audit/states.ts';
import type { IncomingRecord } from '../../../core/messages/record.ts';
import { topics } from '../../../core/messages/topics.ts';
import { assert, test } from '../../harness.ts';
import { answer, homeOf } from '../workflow/support.ts';
import { type Letter, naiveStates, type Reported, type Written } from './naive.ts';
import { factsOf, totalsOf } from './support.ts';

const ID = 'w-1';
const PARTITION = homeOf(ID);
const TYPE = 'w';

const step = fc.integer({ min: 0, max: 3 });
const value = fc.constantFrom('a', 'b', 'c');
const steps = fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 2 });

const report = fc.record({
  revision: fc.integer({ min: 1, max: 4 }),
  status: fc.constantFrom('waiting', 'parked', 'completed', 'failed', 'cancelled') as fc.Arbitrary<
    Reported['status']
  >,
  asked: steps,
  answered: steps,
  expired: steps,
  abandoned: steps,
});

const letter = fc.record({
  step,
  value,
  reason: fc.constantFrom(
    'answer-misfit',
    'no-such-job',
    'inbox-full',
    'late-answer',
    'contradicts-first-answer',
    'never-asked',
  ),
});

/** Letters in the order of what they refused, some without a place, and some published again. */
const letters: fc.Arbitrary<readonly Letter[]> = fc
  .tuple(fc.array(fc.tuple(letter, fc.boolean()), { maxLength: 5 }), fc.array(fc.nat(4), { maxLength: 2 }))
  .map(([firsts, again]) => {
    const placed = firsts.map(([each, hasPlace], at): Letter => ({ ...each, origin: hasPlace ? at : null }));
    return [
      ...placed,
      ...again.flatMap((at) => placed.slice(at, at + 1).filter(({ origin }) => origin !== null)),
    ];
  });

const written: fc.Arbitrary<Written> = fc.record({
  asked: fc.array(step, { maxLength: 5 }),
  answers: fc.array(fc.record({ step, value }), { maxLength: 8 }),
  reports: fc.array(report, { maxLength: 4 }),
  letters,
});

function record(topic: string, offset: number, content: unknown, headers = {}): IncomingRecord {
  return {
    topic,
    partition: PARTITION,
    offset,
    key: ID,
    value: JSON.stringify(content),
    headers,
    timestampMs: 0,
  };
}

const qa = (of: number): string => `${TYPE}/${ID}/${of}`;

/** The records of each topic, in its order. */
function recordsOf({ asked, answers, reports, letters: refused }: Written): IncomingRecord[][] {
  const questions = asked.map((of, at) =>
    record(topics.questions, at, { qaIdentifier: qa(of), questionCategory: 'any', payload: of }),
  );
  const given = answers.map((each, at) => ({ ...answer(TYPE, ID, each.step, each.value), offset: at }));
  const told = reports.map(({ revision, status, ...what }, at) =>
    record(topics.workflowEvents, at, {
      'workflow-type': TYPE,
      'workflow-id': ID,
      version: 1,
      revision,
      time: '2026-11-21T10:00:00.000Z',
      status,
      events: [
        ...what.asked.map((of) => ({ event: 'asked', step: of, category: 'any', payload: of })),
        ...what.answered.map((of) => ({ event: 'answered', step: of })),
        ...what.expired.map((of) => ({ event: 'expired', step: of })),
        ...what.abandoned.map((of) => ({ event: 'abandoned', step: of })),
        ...(status === 'completed' ? [{ event: 'completed', result: null }] : []),
      ],
    }),
  );
  const dead = refused.map((each, at) => {
    const headers = { 'requite-reason': each.reason, 'requite-origin-topic': topics.answers };
    return each.origin === null
      ? record(topics.deadLetters, at, { for: each.step, answer: each.value }, headers)
      : record(
          topics.deadLetters,
          at,
          { qaIdentifier: qa(each.step), answer: each.value },
          {
            ...headers,
            'requite-origin-partition': String(PARTITION),
            'requite-origin-offset': String(each.origin),
          },
        );
  });
  return [questions, given, told, dead];
}

/** The topics read in some order among each other: `turns` says whose record comes next. */
function interleaved(
  lists: readonly (readonly IncomingRecord[])[],
  turns: readonly number[],
): IncomingRecord[] {
  const left = lists.map((list) => [...list]);
  const order: IncomingRecord[] = [];
  for (const turn of turns) order.push(...(left[turn % left.length]?.splice(0, 1) ?? []));
  return [...order, ...left.flat()];
}

const turns = fc.array(fc.nat(3), { minLength: 20, maxLength: 20 });

test('the ledger is what the naive model reads off the whole log', () => {
  fc.assert(
    fc.property(written, turns, (log, order) => {
      const facts = factsOf(interleaved(recordsOf(log), order));
      const { questions } = standingOf(ID, facts.get(ID));
      const ours = questions.map((question) => ({
        step: question.step,
        state: question.state,
        ...question.answers,
      }));
      assert.deepEqual(ours, naiveStates(log));
    }),
    { numRuns: 150 },
  );
});

test('topics in any order among each other give the same ledger, and each answer ends in one place (invariant 6)', () => {
  fc.assert(
    fc.property(written, turns, turns, (log, one, other) => {
      const lists = recordsOf(log);
      const facts = factsOf(interleaved(lists, one));
      const again = factsOf(interleaved(lists, other));
      assert.deepEqual(standingOf(ID, facts.get(ID)), standingOf(ID, again.get(ID)));
      const totals = totalsOf(facts);
      assert.deepEqual(totals, totalsOf(again));
      const sum = (counts: Readonly<Record<string, number>>): number =>
        Object.values(counts).reduce((all, count) => all + count, 0);
      assert.deepEqual(
        [sum(totals.answers), sum(totals.asks), sum(totals.reports)],
        [log.answers.length, log.asked.length, log.reports.length],
      );
    }),
    { numRuns: 150 },
  );
});
