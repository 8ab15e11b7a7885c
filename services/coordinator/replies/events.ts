// What server-sent events carry.
import { Type } from '@sinclair/typebox';
import { count, oneOf, Reason, time } from './reply.ts';
import { RunProgress } from './runs.ts';

const StoppedJob = Type.Object(
  {
    runId: Type.String(),
    customerIdentifier: Type.String(),
    workflowId: Type.String(),
    status: oneOf(['parked', 'failed', 'cancelled']),
    since: time('Since when'),
    problem: Type.Optional(Reason),
    links: Type.Object({ self: Type.String(), run: Type.String() }),
  },
  { title: 'StoppedJob', description: 'A workflow of a run that became parked, failed or cancelled.' },
);

export const RunEvent = Type.Union(
  [
    Type.Object({ event: Type.Literal('progress'), data: RunProgress }),
    Type.Object({ event: Type.Literal('job'), data: StoppedJob }),
    Type.Object({
      event: Type.Literal('jobs-left-out'),
      data: Type.Object(
        {
          runId: Type.String(),
          told: count('Jobs that were told of'),
          links: Type.Record(Type.String(), Type.String()),
        },
        { description: 'There are more jobs than are told of: "links" say where, by status' },
      ),
    }),
    Type.Object({ event: Type.Literal('ended'), data: RunProgress }),
  ],
  { title: 'RunEvent', description: 'What happened to a run; after "ended" nothing more does.' },
);
