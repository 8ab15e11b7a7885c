import { topics } from '../../../core/messages/topics.ts';
import { childContext, type FinishedSpan, parseTraceparent } from '../../../core/messages/trace-context.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, command, type Outcome, Scene, start } from './support.ts';
import { bothAtOnce, catching, sleepThenAsk, twoQuestions } from './workflows.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const NOT_SAMPLED = TRACE.replace(/01$/, '00');
const begin = (id = 'a', traceparent = TRACE) => start('w', id, {}, { headers: { traceparent } });

const JOB = childContext(TRACE, 'job a');
const step = (at: number): string => childContext(TRACE, `job a step ${at}`);

const spansOf = ({ decided }: Outcome): readonly FinishedSpan[] => decided.flatMap(({ spans = [] }) => spans);
const told = (outcome: Outcome): readonly unknown[] =>
  spansOf(outcome).map(({ name, startMs, endMs }) => [name, startMs, endMs]);
const headersOn = ({ records }: Outcome, topic: string): readonly unknown[] =>
  records.filter((record) => record.topic === topic).map(({ headers }) => headers?.traceparent);

for (const finished of ['keep', 'tombstone'] as const) {
  test(`each wait is a span from its question to its answer, told by whoever ends it (${finished})`, () => {
    const scene = new Scene([twoQuestions], { isTraced: true, finished });
    const began = scene.nowMs;
    assert.deepEqual(told(scene.when(begin())), []);
    scene.nowMs += 60_000;
    const first = scene.when(answer('w', 'a', 0, 'x'));
    assert.deepEqual(told(first), [['ask first', began, began + 60_000]]);
    assert.deepEqual(spansOf(first)[0], {
      name: 'ask first',
      kind: 'client',
      traceparent: step(0),
      parent: JOB,
      startMs: began,
      endMs: began + 60_000,
      attributes: { 'requite.workflow_id': 'a', 'requite.step': 0, 'requite.end': 'answered' },
      failure: null,
    });
    scene.nowMs += 1_000;
    const last = scene.when(answer('w', 'a', 1, 'y'));
    assert.deepEqual(told(last), [
      ['ask second', began + 60_000, began + 61_000],
      ['w', began, began + 61_000],
    ]);
    const job = spansOf(last)[1];
    assert.deepEqual([job?.traceparent, job?.parent, job?.failure], [JOB, TRACE, null]);
  });
}

test('questions carry the span of their wait, and reports that of the job', () => {
  const scene = new Scene([bothAtOnce], { isTraced: true });
  const outcome = scene.when(begin());
  assert.deepEqual(headersOn(outcome, topics.questions), [step(0), step(1)]);
  assert.deepEqual(headersOn(outcome, topics.workflowEvents), [JOB]);
});

test('what is decided again after a crash is told with the same ids', () => {
  const scene = new Scene([twoQuestions], { isTraced: true });
  scene.when(begin());
  const once = scene.decide([answer('w', 'a', 0, 'x')]);
  scene.nowMs += 5;
  const again = scene.decide([answer('w', 'a', 0, 'x')]);
  assert.deepEqual(
    spansOf(once).map(({ traceparent }) => traceparent),
    spansOf(again).map(({ traceparent }) => traceparent),
  );
});

test('an error, a time limit and a sleep end their waits too, and say how', () => {
  const failing = new Scene([catching], { isTraced: true });
  failing.when(begin());
  const [refused, job] = spansOf(failing.when(answerError('w', 'a', 0, 'out-of-stock', 'none left')));
  assert.equal(refused?.failure, 'out-of-stock: none left');
  assert.equal(job?.failure, null, 'the workflow caught it');
  const late = new Scene([catching], { isTraced: true });
  late.when(begin());
  const [expired] = spansOf(late.tick(10_000));
  assert.equal(expired?.failure, 'its time limit fired');
  assert.equal(expired?.attributes['requite.end'], 'expired');
  const sleeping = new Scene([sleepThenAsk], { isTraced: true });
  sleeping.when(begin());
  const [slept] = spansOf(sleeping.tick(3_600_000));
  assert.deepEqual([slept?.name, slept?.kind], ['sleep', 'internal']);
});

test('a job that is cancelled ends its span; what it waited for is not told as answered', () => {
  const scene = new Scene([twoQuestions], { isTraced: true });
  scene.when(begin());
  const [job, ...others] = spansOf(scene.when(command('w', 'a', 'cancel')));
  assert.deepEqual([job?.name, job?.attributes['requite.status'], others], ['w', 'cancelled', []]);
});

test('without tracing, or where the trace is not sampled, no span is told and the context goes on as it came', () => {
  for (const [isTraced, traceparent] of [
    [false, TRACE],
    [true, NOT_SAMPLED],
  ] as const) {
    const scene = new Scene([twoQuestions], { isTraced });
    const outcome = scene.when(begin('a', traceparent));
    assert.deepEqual(headersOn(outcome, topics.questions), [traceparent]);
    assert.deepEqual(headersOn(outcome, topics.workflowEvents), [traceparent]);
    assert.deepEqual(spansOf(scene.when(answer('w', 'a', 0, 'x'), answer('w', 'a', 1, 'y'))), []);
  }
});

test('a job without a trace publishes none', () => {
  const outcome = new Scene([twoQuestions], { isTraced: true }).when(start('w', 'a'));
  assert.deepEqual(headersOn(outcome, topics.questions), [undefined]);
  assert.equal(parseTraceparent(TRACE)?.sampled, true);
});
