import { type Static, Type } from '@sinclair/typebox';

// The messages of every topic. Unknown fields are ignored, never refused.

/** The longest workflow-id, in UTF-16 units. */
export const MAX_ID_LENGTH = 256;

/** Workflow-ids and customer identifiers: not empty, bounded, free of control characters and lone surrogates. */
export const IDENTIFIER_PATTERN = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ufffe\\uffff]+$';

export const Identifier = Type.String({
  minLength: 1,
  maxLength: MAX_ID_LENGTH,
  pattern: IDENTIFIER_PATTERN,
});

/** The longest question category, in UTF-16 units. */
export const MAX_CATEGORY_LENGTH = 128;

/** The longest `qaIdentifier`: type and step, and a workflow-id of which every unit becomes three escaped bytes. */
export const MAX_QA_IDENTIFIER_LENGTH: number = 128 + 9 * MAX_ID_LENGTH + 8;

const TypeName = Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9._-]+$' });

/** A workflow to run, on `workflow-queue`. `create-time` is ISO 8601; it is the job's, not part of its content. */
export const WorkflowMessage = Type.Object({
  'workflow-type': TypeName,
  'workflow-id': Identifier,
  'create-time': Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$',
  }),
  payload: Type.Unknown(),
  /** True: it is not to run. A job that is not there yet ends at once as cancelled; one that is there stays as it is. */
  cancelled: Type.Optional(Type.Boolean()),
});
export type WorkflowMessage = Static<typeof WorkflowMessage>;

/** What somebody wants done to a job, on `workflow-commands`. */
export const WorkflowCommand = Type.Object({
  'workflow-type': TypeName,
  'workflow-id': Identifier,
  command: Type.Union([Type.Literal('retry'), Type.Literal('cancel')]),
  /** True: that a job has ended before its cancel came, or can only complete by then, is no error. */
  'unless-ended': Type.Optional(Type.Boolean()),
});
export type WorkflowCommand = Static<typeof WorkflowCommand>;

/** A question, on `questions-topic`. An answerer looks at the category only, and returns `qaIdentifier` untouched. */
export const QuestionMessage = Type.Object({
  qaIdentifier: Type.String({ minLength: 1, maxLength: MAX_QA_IDENTIFIER_LENGTH }),
  questionCategory: Type.String({ minLength: 1, maxLength: MAX_CATEGORY_LENGTH }),
  payload: Type.Unknown(),
});
export type QuestionMessage = Static<typeof QuestionMessage>;

/** The longest code of a problem, in UTF-16 units. */
export const MAX_PROBLEM_CODE_LENGTH = 128;

/** The longest message of a problem, in UTF-16 units. */
export const MAX_PROBLEM_MESSAGE_LENGTH = 4096;

/** A code and a sentence for people. */
export const ProblemSchema = Type.Object({
  code: Type.String({ minLength: 1, maxLength: MAX_PROBLEM_CODE_LENGTH }),
  message: Type.String({ maxLength: MAX_PROBLEM_MESSAGE_LENGTH }),
});

/** An answer, on `answers-topic`: either `answer` or `error` is there. */
export const AnswerMessage = Type.Object({
  qaIdentifier: Type.String({ minLength: 1, maxLength: MAX_QA_IDENTIFIER_LENGTH }),
  questionCategory: Type.Optional(Type.String()),
  answer: Type.Optional(Type.Unknown()),
  error: Type.Optional(ProblemSchema),
});
export type AnswerMessage = Static<typeof AnswerMessage>;

const Status = Type.Union(
  (['waiting', 'parked', 'completed', 'failed', 'cancelled'] as const).map((status) => Type.Literal(status)),
);

/** One thing that happened to a job. */
export const JobEvent = Type.Union([
  Type.Object({ event: Type.Literal('started'), createTime: Type.String() }),
  Type.Object({
    event: Type.Literal('asked'),
    step: Type.Integer(),
    category: Type.String(),
    payload: Type.Unknown(),
    /** From here the workflow can't be cancelled. */
    irrevocable: Type.Optional(Type.Literal(true)),
  }),
  Type.Object({ event: Type.Literal('expecting'), step: Type.Integer(), topic: Type.String() }),
  Type.Object({ event: Type.Literal('sleeping'), step: Type.Integer(), until: Type.String() }),
  Type.Object({ event: Type.Literal('answered'), step: Type.Integer(), error: Type.Optional(ProblemSchema) }),
  Type.Object({ event: Type.Literal('expired'), step: Type.Integer() }),
  Type.Object({ event: Type.Literal('elapsed'), step: Type.Integer() }),
  Type.Object({ event: Type.Literal('abandoned'), step: Type.Integer() }),
  Type.Object({ event: Type.Literal('completed'), result: Type.Unknown() }),
  Type.Object({ event: Type.Literal('failed'), error: ProblemSchema }),
  Type.Object({ event: Type.Literal('parked'), error: ProblemSchema }),
  Type.Object({ event: Type.Literal('resumed') }),
  Type.Object({ event: Type.Literal('cancelled') }),
]);
export type JobEvent = Static<typeof JobEvent>;

/**
 * What became of a job in one decision, on `workflow-events`, keyed by workflow-id. `revision` counts a
 * job's decisions: a record with a revision already seen is a repeat.
 */
export const JobReport = Type.Object({
  'workflow-type': TypeName,
  'workflow-id': Identifier,
  version: Type.Integer({ minimum: 1 }),
  revision: Type.Integer({ minimum: 1 }),
  time: Type.String(),
  status: Status,
  events: Type.Array(JobEvent),
});
export type JobReport = Static<typeof JobReport>;
