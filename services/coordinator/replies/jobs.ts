// Replies about jobs.
import { Type } from '@sinclair/typebox';
import { count, nextLink, oneOf, orNull, Reason, text, time } from './reply.ts';
import { JobStatus } from './runs.ts';

const step = count('The step of the job, from 0');
const happened = { time: time('When it was reported'), revision: Type.Integer({ minimum: 1 }) };

/** One thing that happened, with these fields beside what all have. */
const event = <const Name extends string, Fields extends Parameters<typeof Type.Object>[0]>(
  name: Name,
  fields: Fields,
) => Type.Object({ event: Type.Literal(name), ...fields, ...happened });

export const JobEvent = Type.Union(
  [
    event('started', { createTime: time('The create-time of the workflow') }),
    event('asked', { step, category: Type.String(), payload: Type.Unknown() }),
    event('expecting', { step, topic: Type.String() }),
    event('sleeping', { step, until: time('When it goes on') }),
    event('answered', { step, error: Type.Optional(Reason) }),
    event('expired', { step }),
    event('elapsed', { step }),
    event('abandoned', { step }),
    event('completed', {}),
    event('failed', { error: Reason }),
    event('parked', { error: Reason }),
    event('resumed', {}),
    event('cancelled', {}),
  ],
  { title: 'JobEvent', description: 'One thing that happened to a job, as its reports tell it.' },
);

export const Question = Type.Object(
  {
    step,
    category: Type.String(),
    payload: Type.Unknown(),
    askedAt: time('When it was asked first'),
    timesAsked: Type.Integer({ minimum: 1 }),
    answeredAt: orNull(
      time('When its answer was taken'),
      'When its answer was taken; null while there is none',
    ),
  },
  { title: 'Question', description: 'A question that a job asked.' },
);

const since = time('Since when');
export const WaitsFor = Type.Union(
  [
    Type.Object({ kind: Type.Literal('engine') }, { description: 'No engine has begun it' }),
    Type.Object({ kind: Type.Literal('answer'), step, category: Type.String(), since }),
    Type.Object({ kind: Type.Literal('event'), step, topic: Type.String(), since }),
    Type.Object({ kind: Type.Literal('time'), step, until: time('When it goes on'), since }),
  ],
  { title: 'WaitsFor', description: 'What a job waits for.' },
);

export const Job = Type.Object(
  {
    workflowId: Type.String(),
    workflowType: Type.Optional(text('Absent where nothing on the log says it yet')),
    version: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Of its definition, once an engine has begun it' }),
    ),
    revision: Type.Optional(Type.Integer({ minimum: 1, description: 'Counts what was decided of it' })),
    partition: count('Of all topics: where its records lie'),
    status: JobStatus,
    run: Type.Optional(
      Type.Object(
        { runId: Type.String(), customerIdentifier: Type.String() },
        { description: 'The run that asked for it, if one did' },
      ),
    ),
    updatedAt: Type.Optional(time('When it was reported last')),
    problem: Type.Optional(Reason),
    questions: Type.Array(Question, { description: 'What it asked, by step' }),
    waitsFor: Type.Array(WaitsFor),
    result: Type.Optional(
      Type.Unknown({
        description: 'What it completed with; a bill in a few words, what is long by its size',
      }),
    ),
    story: Type.Array(JobEvent, { description: 'What happened, in order' }),
    links: Type.Object({
      self: Type.String(),
      run: Type.Optional(Type.String()),
      bill: Type.Optional(text('Where it completed with a bill')),
    }),
  },
  { title: 'Job', description: 'What a job asked, what it waits for, and what came of it.' },
);

export const ListedJob = Type.Object(
  {
    workflowId: Type.String(),
    workflowType: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    revision: Type.Integer({ minimum: 1 }),
    since,
    problem: orNull(Reason),
    links: Type.Object({
      self: Type.String(),
      retry: Type.String(),
      cancel: Type.String(),
      run: Type.Optional(Type.String()),
    }),
  },
  { title: 'ListedJob', description: 'A job that is parked, failed or cancelled.' },
);

export const JobsPage = Type.Object(
  {
    jobs: Type.Array(ListedJob, { description: 'By workflow-id' }),
    links: Type.Object({ self: Type.String(), next: nextLink }),
  },
  { title: 'JobsPage', description: 'One page of jobs.' },
);

export const AcceptedJobCommand = Type.Object(
  {
    workflowId: Type.String(),
    command: oneOf(['retry', 'cancel']),
    revision: Type.Integer({
      minimum: 1,
      description: 'Of the job before it: what comes of it has a higher one',
    }),
    links: Type.Object({ self: Type.String() }),
  },
  { title: 'AcceptedJobCommand', description: 'A command that is durable; the job tells what came of it.' },
);

const Span = Type.Object(
  {
    spanId: Type.String(),
    parentId: orNull(Type.String()),
    depth: count('How deep it hangs: 0 for the first'),
    name: Type.String(),
    service: orNull(Type.String(), 'Who did it; null where only the log tells of it'),
    kind: Type.String(),
    start: time('When it began'),
    offsetMs: Type.Integer({ description: 'From the start of the first, in milliseconds' }),
    durationMs: orNull(Type.Integer(), 'In milliseconds; null while it lasts'),
    status: oneOf(['ok', 'error', 'open']),
    failure: orNull(Type.String()),
    attributes: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  },
  { title: 'Span', description: 'One row of a trace.' },
);

export const JobTrace = Type.Object(
  {
    workflowId: Type.String(),
    status: JobStatus,
    traceId: orNull(Type.String()),
    sampled: Type.Boolean(),
    spans: Type.Array(Span, { description: 'Each under its cause, by time' }),
    missing: Type.Array(Type.Object({ url: Type.String(), reason: Type.String() }), {
      description: 'Processes that did not answer: where there are any, spans may be missing',
    }),
    links: Type.Object({ self: Type.String(), job: Type.String() }),
  },
  { title: 'JobTrace', description: 'What of a job happened when and where.' },
);

const Message = Type.Object(
  {
    topic: Type.String(),
    partition: count('From 0'),
    offset: count('In its partition, from 0'),
    time: time('Of the log'),
    key: orNull(Type.String(), 'Bytes that are no text as "base64:…"; null where it has none'),
    headers: Type.Record(Type.String(), Type.String()),
    bytes: count('The length of its value'),
    value: Type.Optional(
      orNull(Type.String(), 'As it lies there, where that is text; null where it has none'),
    ),
    base64: Type.Optional(text('The value, where its bytes are no text')),
    isLeftOut: Type.Optional(
      Type.Literal(true, { description: 'There is too much of it: the value is not told' }),
    ),
  },
  { title: 'Message', description: 'A record of a topic.' },
);

export const JobMessages = Type.Object(
  {
    workflowId: Type.String(),
    messages: Type.Array(Message, { description: 'By time' }),
    incomplete: Type.Array(Type.String(), {
      description: 'Topics on which something was not found, or was not looked for as long as it may take',
    }),
    links: Type.Object({ self: Type.String(), job: Type.String() }),
  },
  { title: 'JobMessages', description: 'The messages of a job, as they lie on the topics.' },
);
