import fc from 'fast-check';
import { topics } from '../../../core/messages/topics.ts';
import { assert, test } from '../../harness.ts';
import { answer, command, start } from '../workflow/support.ts';
import { bothAtOnce, limited, twoQuestions } from '../workflow/workflows.ts';
import { AuditedScene } from './support.ts';

const IDS = ['one', 'two'] as const;
const id = fc.constantFrom(...IDS);

const move = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const), id, n: fc.nat(1) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      id,
      step: fc.nat(2),
      // a number fits no question
      value: fc.constantFrom<string | number>('a', 'a', 'b', 7),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), id }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(5, 11, 3_600) }),
  },
);

test('whatever comes to the core in whatever order, the audit finds no fault, and says of each question what its job does', () => {
  const definitions = fc.constantFrom(twoQuestions, bothAtOnce, limited);
  fc.assert(
    fc.property(definitions, fc.array(move, { maxLength: 14 }), (definition, moves) => {
      const audited = new AuditedScene(definition);
      for (const each of moves) {
        if (each.kind === 'start') audited.when(start('w', each.id, { n: each.n }));
        else if (each.kind === 'answer') audited.when(answer('w', each.id, each.step, each.value));
        else if (each.kind === 'cancel') audited.when(command('w', each.id, 'cancel'));
        else audited.tick(each.seconds * 1_000);
      }
      for (const workflowId of IDS) {
        // all that came has been taken: whatever a group had committed, nothing was passed over
        const standing = audited.standing(workflowId, () => Number.MAX_SAFE_INTEGER);
        assert.deepEqual(standing.faults, []);
        const job = audited.scene.find(workflowId);
        if (job === undefined || job.status === 'early') continue;
        assert.equal(standing.state, job.status);
        const open = job.steps.flatMap((step, at) => (step.outcome === null ? [at] : []));
        const answered = job.steps.flatMap(({ outcome }, at) => (outcome?.kind === 'answer' ? [at] : []));
        const inState = (...states: readonly string[]): readonly number[] =>
          standing.questions.flatMap(({ step, state }) => (states.includes(state) ? [step] : []));
        assert.deepEqual(inState('answered', 'repeated', 'contradicted'), answered);
        if (job.status === 'waiting') assert.deepEqual(inState('waiting'), open);
        // an answer that fits but differs from the first is a contradiction, in the dead letters and here
        const contradicted = audited.letters.filter(
          ({ key, headers }) =>
            key === workflowId && headers['requite-reason'] === 'contradicts-first-answer',
        );
        if (contradicted.length === 0) assert.deepEqual(inState('contradicted'), []);
      }
      const { answers } = audited.totals;
      const sum = Object.values(answers).reduce((all, count) => all + count, 0);
      assert.equal(sum, audited.count(topics.answers));
    }),
    { numRuns: 100 },
  );
});
