import type { Elysia } from 'elysia';
import { isoTime, letterId, parseLetterId, type Static, Type } from '../../../core/mod.ts';
import { access } from '../../platform/auth/index.ts';
import { readLetter, wholeLetter } from '../../platform/dead-letters/letters.ts';
import { HttpProblem, jsonBody } from '../../platform/http/index.ts';
import { viewCaughtUp } from '../intake.ts';
import { replayMany } from '../replay-many.ts';
import {
  DeadLetter,
  DeadLettersPage,
  jsonReply,
  ReplayedDeadLetter,
  ReplayedDeadLetters,
} from '../replies/index.ts';
import type { LetterFilter, LetterPlace, LetterRow } from '../view/letter-queries.ts';
import type { RouteContext } from './context.ts';
import { limit as describedLimit, type Parameter } from './describe.ts';
import { pageLimit } from './paging.ts';

const MAX_PAGE = 1_000;
/** One request replays at most so many. */
const MAX_REPLAYS = 1_000;
const MAX_NAME = 500;

const text = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});
const listParameters: Parameter[] = [
  text('reason', 'Only those of this reason, such as invalid-input'),
  text('topic', 'Only those that came from this topic'),
  {
    ...text('replayed', 'show: also those that were replayed'),
    schema: { type: 'string', enum: ['hide', 'show'] },
  },
  text('after', 'Where the page before ended, as partition/offset; see links.next'),
  describedLimit,
];

const ReplayRequest = Type.Object({
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_NAME })),
  topic: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_NAME })),
  after: Type.Optional(Type.String({ description: 'partition/offset: goes on behind it' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_REPLAYS, default: 100 })),
  dryRun: Type.Optional(Type.Boolean({ description: 'Only says what would be done' })),
  again: Type.Optional(Type.Boolean({ description: 'Also those that were replayed before' })),
});

/** Routes of the dead letters: list them, look at one, put one or many back. */
export function addDeadLetterRoutes(app: Elysia, context: RouteContext): void {
  app.get('/dead-letters', ({ query }) => list(query, context), {
    detail: {
      summary: 'Records that were refused, with the reason and where they came from',
      description: 'By partition and offset. Those that were replayed are left out unless replayed=show.',
      tags: ['dead letters'],
      parameters: listParameters,
      responses: { 200: jsonReply('One page of them.', DeadLettersPage) },
      ...access('dead-letter-admin', 'operator'),
    },
  });
  app.get('/dead-letters/:partition/:offset', ({ params }) => show(placeIn(params), context), {
    detail: {
      summary: 'One of them whole: reason, origin, headers, and the record as it came',
      description: 'Key and value are text where they are UTF-8, else {"base64": …}.',
      tags: ['dead letters'],
      responses: { 200: jsonReply('The letter.', DeadLetter) },
      ...access('dead-letter-admin'),
    },
  });
  app.post('/dead-letters/:partition/:offset/replay', ({ params }) => replay(placeIn(params), context), {
    detail: {
      summary: 'Put the record back to the topic that it came from',
      description: 'As it came, with its ids: doing it twice is harmless.',
      tags: ['dead letters'],
      responses: {
        202: jsonReply(
          'The record is durable on its topic again; what comes of it shows there.',
          ReplayedDeadLetter,
        ),
      },
      ...access('dead-letter-admin'),
    },
  });
  app.post('/dead-letters/replay', ({ body }) => replayFiltered(body, context), {
    body: jsonBody(ReplayRequest),
    detail: {
      summary: 'Put many back, by reason or topic',
      description: `At most ${MAX_REPLAYS} at once; where there are more, "after" says where to go on. With dryRun nothing is done.`,
      tags: ['dead letters'],
      responses: {
        200: jsonReply('What would be done.', ReplayedDeadLetters),
        202: jsonReply('The records are durable on their topics again.', ReplayedDeadLetters),
      },
      ...access('dead-letter-admin'),
    },
  });
}

type Query = Readonly<Record<string, string | undefined>>;

async function list(query: Query, { view }: RouteContext): Promise<Response> {
  const size = pageLimit(query.limit, MAX_PAGE, 100);
  const after = afterIn(query.after);
  const { replayed = 'hide' } = query;
  if (replayed !== 'hide' && replayed !== 'show')
    throw invalid('"replayed" takes hide (the default) or show.');
  const filter = filterOf(query.reason, query.topic, replayed === 'show');
  await viewCaughtUp(view);
  const page = view.letters.list(filter, after, size);
  const last = page.at(-1);
  const next = new URLSearchParams({ limit: String(size), replayed });
  if (last !== undefined) next.set('after', letterId(last));
  if (query.reason !== undefined) next.set('reason', query.reason);
  if (query.topic !== undefined) next.set('topic', query.topic);
  const links = { self: '/dead-letters', ...(page.length === size ? { next: `/dead-letters?${next}` } : {}) };
  return Response.json({ deadLetters: page.map(rowReply), links });
}

function rowReply(row: LetterRow): unknown {
  const { partition, offset, timeMs, reason, detail, topic, originPartition, originOffset, key, ...more } =
    row;
  return {
    partition,
    offset,
    time: isoTime(timeMs),
    reason,
    detail,
    origin: { topic, partition: originPartition, offset: originOffset },
    key,
    replayOf: more.replayOf,
    replayedAt: more.replayedAt,
    links: { self: `/dead-letters/${letterId(row)}` },
  };
}

async function show(place: LetterPlace, { view, transport }: RouteContext): Promise<Response> {
  const letter = await readLetter(transport, place);
  if (letter === null) throw noSuchLetter();
  if (view.letters.find(place)?.replayedAt === undefined) await viewCaughtUp(view);
  const row = view.letters.find(place);
  const self = `/dead-letters/${letterId(place)}`;
  const links = { self, replay: `${self}/replay` };
  const replayed = { replayOf: row?.replayOf ?? null, replayedAt: row?.replayedAt ?? null };
  return Response.json({ ...wholeLetter(letter), ...replayed, links });
}

async function replay(place: LetterPlace, { transport, replayer, logger }: RouteContext): Promise<Response> {
  const letter = await readLetter(transport, place);
  if (letter === null) throw noSuchLetter();
  const { replayed, refused } = await replayer.replay([letter]);
  const [refusal] = refused;
  if (refusal !== undefined)
    throw new HttpProblem({ status: 409, code: refusal.code, detail: refusal.detail });
  const [done] = replayed;
  logger.info({ letter: letterId(place), topic: done?.topic, partition: done?.to }, 'replayed a dead letter');
  const self = `/dead-letters/${letterId(place)}`;
  return Response.json(
    { ...place, topic: done?.topic, toPartition: done?.to, links: { self } },
    { status: 202, headers: { location: self } },
  );
}

async function replayFiltered(
  request: Static<typeof ReplayRequest>,
  context: RouteContext,
): Promise<Response> {
  const { reason, topic, dryRun = false, again = false, limit = 100 } = request;
  if (reason === undefined && topic === undefined)
    throw invalid('Say which: "reason", "topic" or both. GET /dead-letters shows what there is.');
  const after = afterIn(request.after);
  await viewCaughtUp(context.view);
  const filter = filterOf(reason, topic, again);
  const rows = context.view.letters.list(filter, after, limit);
  const { replayed, refused } = await replayMany(rows, dryRun, context);
  const last = rows.at(-1);
  const isMore = rows.length === limit && last !== undefined;
  if (!dryRun && replayed.length > 0)
    context.logger.info({ reason, topic, count: replayed.length }, 'replayed dead letters');
  return Response.json(
    { dryRun, matched: rows.length, replayed, refused, after: isMore ? letterId(last) : null },
    { status: dryRun ? 200 : 202 },
  );
}

const filterOf = (
  reason: string | undefined,
  topic: string | undefined,
  withReplayed: boolean,
): LetterFilter => ({ reason: reason ?? null, topic: topic ?? null, withReplayed });

const invalid = (detail: string): HttpProblem =>
  new HttpProblem({ status: 400, code: 'invalid-request', detail });

function afterIn(given: string | undefined): LetterPlace | null {
  if (given === undefined) return null;
  const place = parseLetterId(given);
  if (place !== null) return place;
  const detail = '"after" takes partition/offset, such as 2/17, from "links.next" of the page before.';
  throw new HttpProblem({ status: 400, code: 'invalid-page', detail });
}

function placeIn({
  partition,
  offset,
}: {
  readonly partition: string;
  readonly offset: string;
}): LetterPlace {
  const place = parseLetterId(`${partition}/${offset}`);
  if (place !== null) return place;
  throw invalid(
    'A dead letter is named by the numbers of its partition and offset: GET /dead-letters has them.',
  );
}

function noSuchLetter(): HttpProblem {
  const detail =
    'There is no dead letter at this partition and offset (any more): GET /dead-letters lists them.';
  return new HttpProblem({ status: 404, code: 'no-such-dead-letter', detail });
}
