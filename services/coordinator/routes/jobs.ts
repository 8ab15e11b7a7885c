import type { Elysia } from 'elysia';
import { partitionFor, topics, type WorkflowCommand } from '../../../core/mod.ts';
import { access } from '../../platform/auth/index.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import { viewCaughtUp } from '../intake.ts';
import { AcceptedJobCommand, Job, JobsPage, jsonReply } from '../replies/index.ts';
import type { JobRow, ListedJob, StoryEvent } from '../view/job-queries.ts';
import { workflowTypeOf } from '../view/run-queries.ts';
import { LISTED_STATUSES } from '../view/schema.ts';
import type { RouteContext } from './context.ts';
import { after, limit, type Parameter } from './describe.ts';
import { jobReply } from './job-reply.ts';
import { pageLimit } from './paging.ts';

type Command = WorkflowCommand['command'];

const MAX_PAGE = 1_000;

const listParameters: Parameter[] = [
  {
    name: 'status',
    in: 'query',
    required: true,
    description: 'Which jobs',
    schema: { type: 'string', enum: [...LISTED_STATUSES] },
  },
  limit,
  after,
];

/** Routes of jobs: list those that somebody may want to look at, look at one, retry or cancel it. */
export function addJobRoutes(app: Elysia, context: RouteContext): void {
  app.get('/jobs', ({ query }) => listJobs(query, context), {
    detail: {
      summary: 'Jobs that are parked, failed or cancelled, with the reason and since when',
      tags: ['jobs'],
      parameters: listParameters,
      responses: { 200: jsonReply('One page of them.', JobsPage) },
      ...access('bill-reader', 'run-starter', 'operator'),
    },
  });
  app.get('/jobs/:workflowId', ({ params }) => getJob(params.workflowId, context), {
    detail: {
      summary: 'What a job asked, when, what it waits for, and what came of it',
      tags: ['jobs'],
      responses: { 200: jsonReply('The job.', Job) },
      ...access('bill-reader', 'run-starter'),
    },
  });
  app.post('/jobs/:workflowId/retry', ({ params }) => command(params.workflowId, 'retry', context), {
    detail: {
      summary: 'Let a parked job go on',
      tags: ['jobs'],
      responses: accepted,
      ...access('run-starter'),
    },
  });
  app.post('/jobs/:workflowId/cancel', ({ params }) => command(params.workflowId, 'cancel', context), {
    detail: {
      summary: 'End a job that has not ended',
      tags: ['jobs'],
      responses: accepted,
      ...access('run-starter'),
    },
  });
}

const accepted = {
  202: jsonReply('The command is durable; the job tells its outcome.', AcceptedJobCommand),
};

async function listJobs(
  query: Readonly<Record<string, string | undefined>>,
  { view }: RouteContext,
): Promise<Response> {
  const status = LISTED_STATUSES.find((each) => each === query.status);
  if (status === undefined) {
    const detail = `"status" takes one of ${LISTED_STATUSES.join(', ')}: what waits or is done, its run tells.`;
    throw new HttpProblem({ status: 400, code: 'invalid-status', detail });
  }
  const size = pageLimit(query.limit, MAX_PAGE, 100);
  await viewCaughtUp(view);
  const page = view.jobs.list(status, query.after ?? '', size);
  const last = page.at(-1);
  const self = `/jobs?status=${status}`;
  const next =
    last !== undefined && page.length === size
      ? { next: `${self}&limit=${size}&after=${encodeURIComponent(last.workflowId)}` }
      : {};
  return Response.json({ jobs: page.map(listedReply), links: { self, ...next } });
}

function listedReply({ runId, problem, ...job }: ListedJob): unknown {
  const path = `/jobs/${encodeURIComponent(job.workflowId)}`;
  return {
    ...job,
    problem,
    links: {
      self: path,
      retry: `${path}/retry`,
      cancel: `${path}/cancel`,
      ...(runId === null ? {} : { run: `/runs/${runId}` }),
    },
  };
}

async function getJob(workflowId: string, { view, partitions }: RouteContext): Promise<Response> {
  if (view.jobs.find(workflowId) === null) await view.caughtUp(1_000); // it may have been reported just now
  const run = view.runs.runOf(workflowId);
  const job = view.jobs.find(workflowId);
  const partition = partitionFor(workflowId, partitions);
  if (job !== null) return Response.json(jobReply(job, view.jobs.story(workflowId), run, partition));
  if (run === null) throw noSuchJob();
  const links = { self: `/jobs/${encodeURIComponent(workflowId)}`, run: `/runs/${run.runId}` };
  const whole = view.runs.find(run.runId);
  const type = whole === null ? {} : { workflowType: workflowTypeOf(whole) };
  // one that was never published is cancelled with its run
  const [status, waitsFor] = view.runs.isHeld(workflowId)
    ? ['cancelled', []]
    : ['requested', [{ kind: 'engine' }]];
  const requested = { workflowId, ...type, partition, status, run };
  return Response.json({ ...requested, questions: [], waitsFor, story: [], links });
}

async function command(workflowId: string, command: Command, context: RouteContext): Promise<Response> {
  const { view, transport, partitions } = context;
  await viewCaughtUp(view);
  const job = view.jobs.find(workflowId);
  if (job === null) throw view.runs.runOf(workflowId) === null ? noSuchJob() : notStarted();
  assertPossible(job, command);
  if (command === 'cancel' && isCommitted(view.jobs.story(workflowId))) throw notCancellable();
  const { workflowType, revision } = job;
  const message: WorkflowCommand = { 'workflow-type': workflowType, 'workflow-id': workflowId, command };
  const partition = partitionFor(workflowId, partitions);
  await transport.publish([
    { topic: topics.workflowCommands, partition, key: workflowId, value: JSON.stringify(message) },
  ]);
  context.logger.info({ workflowId, command }, 'sent a command to a job');
  const self = `/jobs/${encodeURIComponent(workflowId)}`;
  return Response.json(
    // what comes of it is the job's next revision
    { workflowId, command, revision, links: { self } },
    { status: 202, headers: { location: self } },
  );
}

/** A command that the engine would refuse is refused here, where somebody sees it. */
function assertPossible({ status }: JobRow, command: Command): void {
  if (command === 'retry' ? status === 'parked' : status === 'parked' || status === 'waiting') return;
  const detail =
    command === 'retry'
      ? `The job is ${status}: only a parked job is retried.`
      : `The job has ended (${status}): it can't be cancelled any more.`;
  throw new HttpProblem({ status: 409, code: command === 'retry' ? 'not-parked' : 'already-ended', detail });
}

/** Whether it has asked what can't be taken back, as for a bill's number, and was not refused. */
function isCommitted(story: readonly StoryEvent[]): boolean {
  return story.some(
    (asked) =>
      asked.event === 'asked' &&
      asked.irrevocable === true &&
      !story.some(
        (each) => each.event === 'answered' && each.step === asked.step && each.error !== undefined,
      ),
  );
}

function notCancellable(): HttpProblem {
  const detail =
    "The job has asked what can't be taken back, such as its bill's number: it can only complete. Where it is parked, mend the reason and retry it.";
  return new HttpProblem({ status: 409, code: 'not-cancellable', detail });
}

export function noSuchJob(): HttpProblem {
  const detail = 'No job of this workflow-id is known: use an id from GET /runs/{runId}, percent-encoded.';
  return new HttpProblem({ status: 404, code: 'no-such-job', detail });
}

function notStarted(): HttpProblem {
  const detail =
    'The workflow is asked for, but no engine has begun it: start the engine, then send this again.';
  return new HttpProblem({ status: 409, code: 'not-started', detail });
}
