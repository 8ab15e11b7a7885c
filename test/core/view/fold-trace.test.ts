import { Type } from '@sinclair/typebox';
import { childContext } from '../../../core/messages/trace-context.ts';
import { takingContext } from '../../../core/view/fold-batch.ts';
import { foldInput, type KeyedFold } from '../../../core/view/keyed-fold.ts';
import { assert, test } from '../../harness.ts';
import { FoldBench, incoming } from './fold-batch-support.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const NOT_SAMPLED = TRACE.replace(/01$/, '00');

/** Passes on what comes, with the headers that it names, if any. */
const relay: KeyedFold<Record<string, string> | null, never> = {
  name: 'relay',
  inputs: [
    foldInput(
      'in',
      Type.Object({ headers: Type.Union([Type.Null(), Type.Record(Type.String(), Type.String())]) }),
      {
        toMessage: ({ headers }) => ({ ...headers }),
      },
    ),
  ],
  keysOf: () => [],
  fold: (headers, _states, origin) => [
    {
      topic: 'out',
      key: 'k',
      value: origin.headers.traceparent ?? null,
      ...(headers === null ? {} : { headers }),
    },
  ],
};

const record = (traceparent: string | null, headers: Record<string, string> | null = null) =>
  incoming('in', 'k', { headers }, { headers: traceparent === null ? {} : { traceparent } });

test('what a fold emits is a child of its own span, which is a child of what caused it', () => {
  const came = record(TRACE);
  const { records, traced } = new FoldBench(relay, true).run(came);
  const own = takingContext('relay', came);
  assert.equal(own, childContext(TRACE, `relay in/${came.partition}/${came.offset}`));
  assert.equal(records[0]?.headers?.traceparent, own);
  assert.deepEqual(traced, [{ record: came, traceparent: own }]);
  assert.equal(records[0]?.value, JSON.stringify(own), 'the fold sees its own span, for what it keeps');
});

test('the same record taken again makes the same span', () => {
  const came = record(TRACE);
  const bench = new FoldBench(relay, true);
  assert.deepEqual(bench.run(came).traced, bench.run(came).traced);
});

test('a trace that the fold itself names stands, and its other headers stay', () => {
  const own = TRACE.replace('00f067aa0ba902b7', 'aaaaaaaaaaaaaaaa');
  const { records } = new FoldBench(relay, true).run(record(TRACE, { traceparent: own, by: 'x' }));
  assert.deepEqual(records[0]?.headers, { traceparent: own, by: 'x' });
  const more = new FoldBench(relay, true).run(record(NOT_SAMPLED, { by: 'x' }));
  assert.deepEqual(more.records[0]?.headers, { by: 'x', traceparent: NOT_SAMPLED });
});

test('without tracing, or where it is not sampled, the context goes on as it came, and no span is told', () => {
  for (const [isTraced, traceparent] of [
    [false, TRACE],
    [true, NOT_SAMPLED],
  ] as const) {
    const { records, traced } = new FoldBench(relay, isTraced).run(record(traceparent));
    assert.equal(records[0]?.headers?.traceparent, traceparent);
    assert.deepEqual(traced, []);
  }
});

test('what is no trace context, or none, is not passed on', () => {
  for (const traceparent of [null, 'nothing']) {
    const { records } = new FoldBench(relay, true).run(record(traceparent));
    assert.equal(records[0]?.headers?.traceparent, undefined);
  }
});
