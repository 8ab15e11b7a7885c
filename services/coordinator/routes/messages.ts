import type { Elysia } from 'elysia';
import { type IncomingRecord, isoTime, type Payload, partitionFor } from '../../../core/mod.ts';
import { access } from '../../platform/auth/index.ts';
import { unavailable } from '../../platform/http/index.ts';
import { jobMessages, type KnownJob } from '../messages/job-messages.ts';
import { JobMessages, jsonReply } from '../replies/index.ts';
import { workflowTypeOf } from '../view/run-queries.ts';
import type { RouteContext } from './context.ts';
import { noSuchJob } from './jobs.ts';

/** So long messages are looked for, in milliseconds, and so many records are read for it. */
const LOOKING_MS = 5_000;
const RECORDS_MAX = 500_000;
/** Each may read that much of the log: so many at once. */
const AT_ONCE = 2;
/** Of all values together so many characters are told. */
const MAX_LENGTH = 4_000_000;

/** The route of a job's messages as they lie on the topics. */
export function addMessagesRoute(app: Elysia, context: RouteContext): void {
  let underWay = 0;
  app.get(
    '/jobs/:workflowId/messages',
    async ({ params }) => {
      if (underWay >= AT_ONCE)
        throw unavailable(
          'too-many-searches',
          `Messages of ${AT_ONCE} jobs are being looked for: ask again in a few seconds.`,
        );
      underWay++;
      try {
        return await getMessages(params.workflowId, context);
      } finally {
        underWay--;
      }
    },
    {
      detail: {
        summary: 'The messages of a job as they lie on the topics, byte for byte',
        description:
          'Its request, questions, answers, commands and reports. Reports are read where they lie; the others are looked ' +
          'for near to them in time, for a few seconds at most: topics on which something was not found are named.',
        tags: ['jobs'],
        responses: { 200: jsonReply('The messages.', JobMessages) },
        ...access('bill-reader', 'run-starter'),
      },
    },
  );
}

async function getMessages(workflowId: string, context: RouteContext): Promise<unknown> {
  const { transport, view } = context;
  await view.caughtUp(1_000); // what was reported just now belongs to it
  const budget = { giveUpAt: performance.now() + LOOKING_MS, records: RECORDS_MAX };
  const { messages, incomplete } = await jobMessages(
    transport,
    knownJob(workflowId, context),
    budget,
    Date.now(),
  );
  let left = MAX_LENGTH;
  const path = `/jobs/${encodeURIComponent(workflowId)}`;
  return {
    workflowId,
    messages: messages.map((record) => {
      left -= record.value?.length ?? 0;
      return messageReply(record, left >= 0);
    }),
    incomplete,
    links: { self: `${path}/messages`, job: path },
  };
}

function knownJob(workflowId: string, { view, partitions }: RouteContext): KnownJob {
  const partition = partitionFor(workflowId, partitions);
  const job = view.jobs.find(workflowId);
  const owner = view.runs.runOf(workflowId);
  const run = owner === null ? null : view.runs.find(owner.runId);
  if (job === null && run === null) throw noSuchJob();
  const started = view.jobs.story(workflowId).find((event) => event.event === 'started');
  const askedForMs = Date.parse(run?.createTime ?? started?.createTime ?? '');
  return {
    workflowId,
    workflowType: job?.workflowType ?? (run === null ? '' : workflowTypeOf(run)),
    partition,
    reportOffsets: view.jobs.reportOffsets(workflowId),
    askedForMs: Number.isNaN(askedForMs) ? null : askedForMs,
  };
}

function messageReply(
  { topic, partition, offset, timestampMs, key, headers, value }: IncomingRecord,
  isTold: boolean,
): unknown {
  return {
    topic,
    partition,
    offset,
    time: isoTime(timestampMs),
    key: textOf(key),
    headers,
    bytes: bytesOf(value),
    ...(isTold ? valueIn(value) : { isLeftOut: true }),
  };
}

function valueIn(value: Payload): Readonly<Record<string, string | null>> {
  if (value === null || typeof value === 'string') return { value };
  return { base64: Buffer.from(value).toString('base64') };
}

/** A key is text; what is none is told as base64. */
function textOf(key: Payload): string | null {
  return key === null || typeof key === 'string' ? key : `base64:${Buffer.from(key).toString('base64')}`;
}

function bytesOf(value: Payload): number {
  if (value === null) return 0;
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length;
}
