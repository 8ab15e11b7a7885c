import fc from 'fast-check';
import type { AnyWorkflow, Settled } from '../../../core/workflow/definition.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, event, Scene, start } from './support.ts';
import { define, Text } from './workflows.ts';

/** What a workflow can say of how its steps ended, as JSON. */
const told = (settled: Settled<unknown>): unknown =>
  settled.status === 'rejected' ? settled.reason.code : settled.status === 'fulfilled' ? settled.value : null;

/** What comes for a step in a generated story. */
interface Arrival {
  readonly step: number;
  readonly error: boolean;
  readonly enough: boolean;
}

const story = fc.record({
  kinds: fc.array(fc.constantFrom('ask' as const, 'expect' as const), { minLength: 1, maxLength: 4 }),
  arrivals: fc.array(fc.record({ step: fc.nat(3), error: fc.boolean(), enough: fc.boolean() }), {
    maxLength: 12,
  }),
  /** Which arrivals begin a batch. */
  cuts: fc.infiniteStream(fc.boolean()),
  early: fc.boolean(),
});

const generated = (kinds: readonly ('ask' | 'expect')[]): AnyWorkflow =>
  define(function* ({ ask, expect, allSettled }) {
    const settled = yield* allSettled(
      kinds.map((kind, step) =>
        kind === 'ask'
          ? ask('x', { step }, Text, { timeLimit: '10s' })
          : expect('orders', Text, { where: (text) => text.startsWith(`${step} `), timeLimit: '10s' }),
      ),
      { until: (text) => text.endsWith('enough') },
    );
    return [settled.map(told), yield* ask('after', {}, Text)];
  });

const textOf = ({ step, enough }: Arrival, nth: number): string =>
  `${step} ${nth} ${enough ? 'enough' : 'on'}`;

/** What must come of a story, told without the interpreter: the first outcome of each step, until one is enough. */
function expected(kinds: readonly string[], arrivals: readonly Arrival[]): (string | null)[] {
  const outcomes: (string | null)[] = kinds.map(() => null);
  for (const [nth, arrival] of arrivals.entries()) {
    const { step } = arrival;
    if (outcomes[step] !== null) continue;
    outcomes[step] = arrival.error ? `error-${nth}` : textOf(arrival, nth);
    if (!arrival.error && arrival.enough) return outcomes;
  }
  return outcomes.map((outcome) => outcome ?? 'time-limit');
}

test('every interleaving of outcomes, in whatever batches, replays to what its order says', () => {
  fc.assert(
    fc.property(story, ({ kinds, arrivals, cuts, early }) => {
      const possible = arrivals
        .filter(({ step }) => step < kinds.length)
        .map((each) => ({ ...each, error: each.error && kinds[each.step] === 'ask' }));
      const records = possible.map((arrival, nth) => {
        if (arrival.error) return answerError('w', 'a', arrival.step, `error-${nth}`);
        const text = textOf(arrival, nth);
        return kinds[arrival.step] === 'ask'
          ? answer('w', 'a', arrival.step, text)
          : event('orders', 'a', text);
      });
      const result = [expected(kinds, possible), 'end'];
      const ends = (['keep', 'tombstone'] as const).map((finished) => {
        const scene = new Scene([generated(kinds)], { finished });
        if (!early) scene.when(start('w', 'a'));
        let batch: typeof records = [];
        for (const record of records) {
          batch.push(record);
          if (cuts.next().value !== true) continue;
          scene.when(...batch);
          batch = [];
        }
        scene.when(...batch);
        if (early) scene.when(start('w', 'a'));
        scene.tick(10_000);
        assert.equal(scene.job('a').wakeAtMs, null);
        const stored = scene.job('a').steps;
        const { reports } = scene.when(answer('w', 'a', kinds.length, 'end'));
        assert.deepEqual(reports[0]?.events.at(-1), { event: 'completed', result });
        return stored;
      });
      assert.deepEqual(ends[0], ends[1]);
    }),
    { numRuns: 500 },
  );
});
