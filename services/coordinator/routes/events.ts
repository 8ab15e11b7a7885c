import type { DocumentDecoration, Elysia } from 'elysia';
import { access } from '../../platform/auth/index.ts';
import { readPosition } from '../events/index.ts';
import type { RouteContext } from './context.ts';
import type { Parameter } from './describe.ts';
import { findRun } from './runs.ts';

const lastEventId: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  description:
    'The id of the event that was read last: goes on after it, at any coordinator. Browsers send it themselves',
  schema: { type: 'string' },
};

const stream = { 'text/event-stream': {} };

const describeRunEvents: DocumentDecoration = {
  summary: 'Follow a run: server-sent events',
  description:
    '"progress": what GET /runs/:runId says, without workflows, whenever it changes, at most about five times a second. ' +
    '"job": a workflow of the run became parked, failed or cancelled, with its problem; of the first 1,000, then ' +
    '"jobs-left-out". "ended": the run\'s last progress, after which the stream ends; who comes again with its id gets ' +
    '204. A comment comes at least every 15 seconds. A stream ends after 15 minutes, or with the coordinator: come again ' +
    'with the id of the last event.',
  tags: ['runs'],
  parameters: [lastEventId],
  responses: {
    200: { description: 'Events, until the run ends.', content: stream },
    204: { description: 'The run has ended, and that was read already.' },
  },
};

const describeAllEvents: DocumentDecoration = {
  summary: 'Follow all runs: server-sent events',
  description:
    '"run": a run as GET /runs lists it. First the 50 that changed last, then whenever one is accepted, ends or stands ' +
    'otherwise; and about once a second those that go on. Who was away while more than 50 changed reads GET /runs. ' +
    'Comments, ids and ends are those of GET /runs/:runId/events.',
  tags: ['runs'],
  parameters: [lastEventId],
  responses: { 200: { description: 'Events, until the stream ends.', content: stream } },
};

/** Routes of server-sent events. */
export function addEventRoutes(app: Elysia, context: RouteContext): void {
  app.get('/runs/:runId/events', ({ params, request }) => followRun(params.runId, request, context), {
    detail: { ...describeRunEvents, ...access('bill-reader', 'run-starter') },
  });
  app.get('/events', ({ request }) => followAll(request, context), {
    detail: { ...describeAllEvents, ...access('bill-reader', 'run-starter') },
  });
}

async function followRun(
  runId: string,
  { headers, signal }: Request,
  context: RouteContext,
): Promise<Response> {
  const from = readPosition(headers.get('last-event-id'), context.partitions);
  await findRun(runId, context);
  return context.events.followRun(runId, from, signal);
}

async function followAll({ headers, signal }: Request, context: RouteContext): Promise<Response> {
  const from = readPosition(headers.get('last-event-id'), context.partitions);
  return context.events.followAll(from, signal);
}
