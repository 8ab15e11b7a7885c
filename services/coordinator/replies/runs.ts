// Replies about runs.
import { Type } from '@sinclair/typebox';
import { STATUSES } from '../view/schema.ts';
import { count, day, nextLink, oneOf, Reason, text, time } from './reply.ts';

export const JobStatus = oneOf(
  ['requested', ...STATUSES],
  'requested: no engine has reported it yet. completed, failed and cancelled are final',
);

const Period = Type.Object(
  { from: day('The first day'), to: day('The day after the last') },
  { title: 'Period', description: 'Days, the last one not included.' },
);

const named = {
  label: Type.Optional(text('What the request calls the run')),
  billingPeriod: Type.Optional(
    text('The month that is billed, such as 2026-11, where the request named one'),
  ),
};

/** What every reply says of a run. */
const progress = {
  runId: Type.String(),
  createTime: time('When the run was accepted'),
  ...named,
  billDate: Type.Optional(day('The date of its bills, where the request named one')),
  workflowType: Type.Optional(text('The type of its workflows, where it is not bill-generation')),
  period: Type.Optional(Period),
  state: oneOf(
    ['running', 'paused', 'cancelling', 'cancelled', 'ended'],
    'cancelling: cancelled, and some of its jobs have not ended yet',
  ),
  count: count('Workflows of the run'),
  requested: count('Workflows that no engine has reported yet'),
  waiting: count('Workflows that wait'),
  completed: count('Workflows that completed'),
  failed: count('Workflows that failed'),
  parked: count('Workflows that go on only after a retry'),
  cancelled: count('Workflows that were cancelled'),
  ended: Type.Boolean({ description: 'Whether all have completed, failed or been cancelled' }),
  updatedAt: time('When its counts last changed'),
  endedAt: Type.Optional(time('Of a run that has ended: when')),
  rate: Type.Optional(
    Type.Number({ minimum: 0, description: 'Workflows that ended a second lately, while the run goes on' }),
  ),
  secondsLeft: Type.Optional(count('In about so many seconds it ends; absent where nobody can say')),
};

export const RunProgress = Type.Object(progress, {
  title: 'RunProgress',
  description: 'How far a run is.',
});

export const RunSummary = Type.Object(
  { ...progress, links: Type.Object({ self: Type.String() }) },
  { title: 'RunSummary', description: 'How far a run is, as the list of runs tells it.' },
);

export const RunsPage = Type.Object(
  {
    runs: Type.Array(RunSummary, { description: 'The newest first' }),
    links: Type.Object({ self: Type.String(), next: nextLink }),
  },
  { title: 'RunsPage', description: 'One page of the runs.' },
);

export const RunWorkflow = Type.Object(
  {
    customerIdentifier: Type.String(),
    workflowId: Type.String(),
    status: JobStatus,
    problem: Type.Optional(Reason),
  },
  { title: 'RunWorkflow', description: 'One workflow of a run.' },
);

const runLinks = {
  self: Type.String(),
  wait: Type.String(),
  job: text('A template: put the workflow-id in, percent-encoded'),
  bill: text('A template: put the workflow-id in, percent-encoded'),
};

export const Run = Type.Object(
  {
    ...progress,
    workflows: Type.Array(RunWorkflow, { description: 'One page of them, in the order of the request' }),
    links: Type.Object({ ...runLinks, next: nextLink }),
  },
  { title: 'Run', description: 'How far a run is, and where each of its workflows stands.' },
);

export const AcceptedRun = Type.Object(
  {
    runId: Type.String(),
    ...named,
    count: count('Workflows of the run: each customer once'),
    workflows: Type.Array(Type.Object({ customerIdentifier: Type.String(), workflowId: Type.String() }), {
      description: 'In the order of the request; of a run of more than 10,000 the first 1,000',
    }),
    duplicates: Type.Array(Type.String(), {
      description: 'Customers that the request named more than once, the first 100 of them',
    }),
    links: Type.Object({ ...runLinks, next: nextLink }),
  },
  { title: 'AcceptedRun', description: 'A run that is durable.' },
);

const retried = Type.Optional(
  Type.Object(
    {
      failed: count('Failed workflows that were asked for anew'),
      parked: count('Parked jobs that were told to go on'),
    },
    { description: 'Of a retry' },
  ),
);

export const AcceptedRunCommand = Type.Object(
  {
    ...progress,
    retried,
    links: Type.Object({ ...runLinks, history: Type.String() }),
  },
  {
    title: 'AcceptedRunCommand',
    description: 'A command that is on record, and how the run stands with it.',
  },
);

export const RunHistory = Type.Object(
  {
    runId: Type.String(),
    history: Type.Array(
      Type.Object({
        time: time('When it was sent'),
        command: oneOf(['pause', 'resume', 'cancel', 'retry']),
        by: text("Who sent it: the token's subject; anonymous where there was none"),
        id: text('Of the record'),
        retried,
      }),
      { description: 'The oldest first' },
    ),
    links: Type.Object({ self: Type.String(), run: Type.String(), next: nextLink }),
  },
  { title: 'RunHistory', description: 'What was wanted of a run, by whom and when.' },
);
