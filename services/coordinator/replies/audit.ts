// The reply of an audit.
import { type TSchema, Type } from '@sinclair/typebox';
import { noTotals, QUESTION_STATES, WORKFLOW_STATES } from '../../../core/mod.ts';
import { count, nextLink, oneOf, orNull, text } from './reply.ts';

const { questions, answers } = noTotals();

/** A count by each of these names. */
const counts = (names: readonly string[], description: string) =>
  Type.Object(
    Object.fromEntries(names.map((name): [string, TSchema] => [name, Type.Integer({ minimum: 0 })])),
    { description },
  );

const QuestionState = oneOf(QUESTION_STATES);

export const RunException = Type.Object(
  {
    workflowId: orNull(Type.String()),
    customerIdentifier: Type.String(),
    state: oneOf(WORKFLOW_STATES),
    reason: text('For people'),
    questions: Type.Array(
      Type.Object({
        qaIdentifier: Type.String(),
        category: orNull(Type.String()),
        state: QuestionState,
        reason: Type.String(),
        error: orNull(Type.String(), 'The code of the error that it was answered with'),
      }),
      { description: 'Those that are not simply answered, the first 20' },
    ),
    faults: Type.Array(Type.Object({ code: Type.String(), detail: Type.String() }), {
      description: 'What must never be',
    }),
    links: Type.Object({ job: Type.String() }),
  },
  { title: 'RunException', description: 'A workflow that somebody may want to look at.' },
);

export const RunAudit = Type.Object(
  {
    runId: Type.String(),
    count: count('Workflows of the run'),
    ended: Type.Boolean(),
    asked: count('Questions that were asked, each once'),
    answered: count('Of those, the ones that have their answer'),
    billed: count('Workflows that completed with a bill'),
    balanced: Type.Boolean({ description: 'Whether asked = answered and billed = count' }),
    addsUp: Type.Boolean({ description: 'Whether there is no fault' }),
    faults: count('What must never be'),
    progress: counts(
      ['requested', 'waiting', 'parked', 'completed', 'failed', 'cancelled'],
      'Workflows, as GET /runs/{runId} counts them',
    ),
    refused: count('Workflows that are in the dead letters instead of begun'),
    questions: counts(Object.keys(questions), 'Questions, by state'),
    answers: counts(Object.keys(answers), 'Where the records of answers-topic ended'),
    exceptionCount: count('Workflows that somebody may want to look at'),
    exceptions: Type.Array(RunException, { description: 'One page of them, in the order of the request' }),
    links: Type.Object({ self: Type.String(), run: Type.String(), next: nextLink }),
  },
  { title: 'RunAudit', description: 'Asked = answered = billed, made from the log alone.' },
);
