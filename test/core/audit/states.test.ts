import { topics } from '../../../core/messages/topics.ts';
import { assert, test } from '../../harness.ts';
import { answer, answerError, command, start } from '../workflow/support.ts';
import { bothAtOnce, catching, limited, twoQuestions } from '../workflow/workflows.ts';
import { AuditedScene } from './support.ts';

const HOUR_MS = 3_600_000;

test('a question waits until a report says that it was answered', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(start('w', 'id'));
  assert.deepEqual(audited.states('id'), ['0 waiting']);
  audited.append(answer('w', 'id', 0, 'a'));
  const [waiting] = audited.standing('id').questions;
  assert.deepEqual(
    [waiting?.state, waiting?.answers.pending, waiting?.reason],
    ['waiting', 1, 'the answer is on the log, not yet taken'],
  );
});

test('asked, answered and completed is nobody’s exception', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(start('w', 'id'));
  audited.when(answer('w', 'id', 0, 'a'));
  audited.when(answer('w', 'id', 1, 'b'));
  assert.deepEqual(audited.states('id'), ['0 answered', '1 answered']);
  const { asked, answered, exceptions, faults, workflows } = audited.totals;
  assert.deepEqual([asked, answered, exceptions, faults, workflows.completed], [2, 2, 0, 0, 1]);
});

test('an error is an answer, and its code is told', () => {
  const audited = new AuditedScene(catching);
  audited.when(start('w', 'id'));
  audited.when(answerError('w', 'id', 0, 'no-such-customer'));
  const [question] = audited.standing('id').questions;
  assert.deepEqual([question?.state, question?.error], ['answered', 'no-such-customer']);
});

test('the same answer again is a repeat, another one a contradiction, and the first stands (invariant 3)', () => {
  const audited = new AuditedScene(bothAtOnce);
  audited.when(start('w', 'id'));
  audited.when(answer('w', 'id', 0, 'a'), answer('w', 'id', 1, 'b'));
  audited.when(answer('w', 'id', 0, 'a'), answer('w', 'id', 0, 'a'), answer('w', 'id', 1, 'other'));
  assert.deepEqual(audited.states('id'), ['0 repeated', '1 contradicted']);
  const { answers, answered, questions } = audited.totals;
  assert.deepEqual([answers.applied, answers.repeats, answers.contradictions], [2, 2, 1]);
  assert.deepEqual([answered, questions.repeated, questions.contradicted], [2, 1, 1]);
});

test('a question whose limit fired has expired; an answer after that is late', () => {
  const audited = new AuditedScene(limited);
  audited.when(start('w', 'id'));
  audited.tick(11_000);
  assert.deepEqual(audited.states('id'), ['0 waiting'], 'it is asked once more first');
  audited.tick(11_000);
  assert.deepEqual(audited.states('id'), ['0 expired']);
  audited.when(answer('w', 'id', 0, 'a'));
  const { state, reason, questions } = audited.standing('id');
  assert.deepEqual([state, questions[0]?.state], ['failed', 'late']);
  assert.ok(reason?.startsWith('time-limit'), reason ?? '');
  assert.equal(questions[0]?.timesAsked, 2);
});

test('a workflow that is cancelled closes its questions; an answer after that is late', () => {
  const audited = new AuditedScene(bothAtOnce);
  audited.when(start('w', 'id'));
  audited.when(answer('w', 'id', 0, 'a'));
  audited.when(command('w', 'id', 'cancel'));
  assert.deepEqual(audited.states('id'), ['0 answered', '1 expired']);
  audited.when(answer('w', 'id', 1, 'b'));
  const [, second] = audited.standing('id').questions;
  assert.deepEqual(
    [second?.state, second?.reason],
    ['late', 'the workflow ended without it (cancelled); then 1 answer came'],
  );
});

test('an answer that nobody asked for is orphaned, whether its workflow is known or not', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(start('w', 'id'));
  audited.when(answer('w', 'id', 7, 'a'), answer('w', 'nobody', 0, 'b'), answer('strange', 'id', 0, 'c'));
  assert.deepEqual(audited.states('id'), ['0 orphaned', '0 waiting', '7 orphaned']);
  assert.equal(audited.standing('nobody').state, 'unknown');
  assert.deepEqual(audited.states('nobody'), ['0 orphaned']);
});

test('an answer that comes before its workflow counts, and its question is known by the report alone', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(answer('w', 'id', 0, 'a'));
  audited.when(start('w', 'id'));
  assert.equal(audited.count(topics.questions), 1, 'only the second question had to be asked');
  assert.deepEqual(audited.states('id'), ['0 answered', '1 waiting']);
});

test('an answer that was given up before its workflow came is refused, and the question waits for another', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(answer('w', 'id', 0, 'a'));
  audited.tick(HOUR_MS);
  assert.equal(audited.letters.length, 1);
  audited.when(start('w', 'id'));
  const [question] = audited.standing('id').questions;
  assert.deepEqual([question?.state, question?.answers.refused], ['waiting', 1]);
  audited.when(answer('w', 'id', 0, 'b'));
  audited.when(answer('w', 'id', 0, 'a'));
  const [then] = audited.standing('id').questions;
  assert.deepEqual([then?.state, then?.answers.contradictions], ['contradicted', 1]);
});

test('answers that were given up together are one letter, and none of them is taken for lost', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(answer('w', 'id', 0, 'a'), answer('w', 'id', 0, 'a'));
  audited.tick(HOUR_MS);
  audited.when(start('w', 'id'));
  const { questions, faults } = audited.standing('id', () => 9);
  assert.deepEqual([audited.letters.length, questions[0]?.answers.refused, faults], [1, 2, []]);
  audited.when(answer('w', 'id', 0, 'a'));
  const [first] = audited.standing('id').questions;
  assert.deepEqual([first?.state, first?.answers.applied], ['repeated', 1]);
});

test('a dead letter that is published again takes one answer away, not two', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(start('w', 'id'));
  const { partition, value } = audited.append(answer('w', 'id', 0, 'a'));
  audited.append(answer('w', 'id', 0, 'a'));
  const headers = {
    'requite-reason': 'processing-failed',
    'requite-origin-topic': topics.answers,
    'requite-origin-partition': String(partition),
    'requite-origin-offset': '0',
  };
  for (let times = 0; times < 2; times++)
    audited.append({ topic: topics.deadLetters, partition, key: 'id', value, headers });
  const [question] = audited.standing('id').questions;
  assert.deepEqual([question?.answers.refused, question?.answers.pending], [1, 1]);
});

test('an answer that does not fit never counts, however often it comes', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(start('w', 'id'));
  audited.when(answer('w', 'id', 0, 5), answer('w', 'id', 0, 5));
  const [question] = audited.standing('id').questions;
  assert.deepEqual([question?.state, question?.answers.unfit, question?.answers.pending], ['waiting', 2, 0]);
  audited.when(answer('w', 'id', 0, 'fits'));
  assert.deepEqual(audited.states('id'), ['0 answered', '1 waiting']);
});

test('a request that was refused is refused, until one that fits is begun', () => {
  const audited = new AuditedScene(twoQuestions);
  const request = audited.append(start('w', 'id', { first: true }));
  audited.append({
    topic: topics.deadLetters,
    partition: request.partition,
    key: 'id',
    value: request.value,
    headers: {
      'requite-reason': 'invalid-input',
      'requite-origin-topic': topics.workflowQueue,
      'requite-origin-partition': String(request.partition),
      'requite-origin-offset': String(request.offset),
    },
  });
  const { state, reason } = audited.standing('id');
  assert.deepEqual([state, reason], ['refused', 'in the dead letters instead of begun: invalid-input']);
  audited.when(start('w', 'id', { first: false }));
  assert.equal(audited.standing('id').state, 'waiting');
  assert.deepEqual(audited.totals.requests, {
    applied: 1,
    repeats: 0,
    conflicts: 0,
    pending: 0,
    refused: 1,
  });
});

test('a request of other content under a known id is a conflict, and changes nothing (invariant 1)', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(start('w', 'id', { n: 1 }));
  audited.when(start('w', 'id', { n: 1 }), start('w', 'id', { n: 2 }));
  const { requests, workflows } = audited.totals;
  assert.deepEqual([requests.applied, requests.repeats, requests.conflicts], [1, 1, 1]);
  assert.equal(workflows.waiting, 1);
});

test('a job that says something else after its end is a fault (invariant 4)', () => {
  const audited = new AuditedScene(catching);
  audited.when(start('w', 'id'));
  audited.when(answer('w', 'id', 0, 'a'));
  const end = audited.log.findLast(({ topic }) => topic === topics.workflowEvents);
  assert.ok(end);
  audited.append(end);
  assert.deepEqual(audited.standing('id').faults, [], 'saying it again is none');
  audited.append({ ...end, value: String(end.value).replace('"a"', '"b"') });
  assert.deepEqual(
    audited.standing('id').faults.map(({ code }) => code),
    ['result-changed'],
  );
});

test('a report that comes after those that followed it still says what came of its questions', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(start('w', 'id'));
  audited.when(answer('w', 'id', 0, 'a'));
  audited.when(answer('w', 'id', 1, 'b'));
  const reports = audited.log.filter(({ topic }) => topic === topics.workflowEvents);
  const others = audited.log.filter(({ topic }) => topic !== topics.workflowEvents);
  audited.log.splice(0, audited.log.length, ...others, ...reports.toReversed());
  assert.deepEqual(audited.states('id'), ['0 answered', '1 answered']);
  assert.deepEqual(audited.standing('id').faults, []);
});

test('a question that is asked again with other content is a fault (invariant 2)', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(start('w', 'id'));
  const question = audited.log.findLast(({ topic }) => topic === topics.questions);
  assert.ok(question);
  audited.append({ ...question, value: String(question.value).replace('"n":1', '"n":2') });
  assert.deepEqual(
    audited.standing('id').faults.map(({ code }) => code),
    ['question-changed'],
  );
});

test('a job that completed although a question of its waits is a fault', () => {
  const audited = new AuditedScene(twoQuestions);
  audited.when(start('w', 'id'));
  audited.when(answer('w', 'id', 0, 'a'));
  audited.when(answer('w', 'id', 1, 'b'));
  const [, answered, completed] = audited.log.filter(({ topic }) => topic === topics.workflowEvents);
  assert.ok(answered && completed);
  const without = audited.log.filter(({ topic }) => topic !== topics.answers);
  audited.log.length = 0;
  audited.log.push(...without.filter((record) => record !== answered));
  // the report with the first answer is gone, and so are the answers: nothing says that it was answered
  assert.deepEqual(
    audited.standing('id').faults.map(({ code }) => code),
    ['open-at-completion'],
  );
});

test('what a group went past must show: a request without a report, an answer that still waits (invariant 5)', () => {
  const audited = new AuditedScene(bothAtOnce);
  audited.append(start('w', 'lost'));
  const codes = (id: string, committed: number): readonly string[] =>
    audited.standing(id, () => committed).faults.map(({ code }) => code);
  assert.deepEqual(codes('lost', 0), []);
  assert.deepEqual(codes('lost', 1), ['request-passed-over']);
  audited.when(start('w', 'id'));
  audited.when(answer('w', 'id', 0, 'a'));
  assert.deepEqual(codes('id', 9), []);
  audited.append(answer('w', 'id', 1, 'b'));
  assert.deepEqual(codes('id', 1), []);
  assert.deepEqual(codes('id', 9), ['answer-passed-over']);
});
