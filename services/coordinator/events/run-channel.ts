// The readers of one run's events.

import { movingOf } from '../routes/movement.ts';
import { progressOf, runLinks } from '../routes/run-reply.ts';
import type { CoordinatorView } from '../view/index.ts';
import type { ListedEvent } from '../view/job-queries.ts';
import type { RunRow } from '../view/run-queries.ts';
import { LISTED_STATUSES } from '../view/schema.ts';
import { type EventStream, eventFrame } from './event-stream.ts';
import { digestOf, offsetsText, positionText, type ReadPosition, reached } from './position.ts';
import type { Channel } from './streams.ts';

/** So many jobs are told of at once, and so many in all of a stream's life: what more there are, GET /jobs lists. */
const JOBS_AT_ONCE = 100;
const JOBS_MAX = 1_000;
const LISTS = Object.fromEntries(LISTED_STATUSES.map((status) => [status, `/jobs?status=${status}`]));

/** Somebody who reads a run's events. */
interface Reader {
  readonly stream: EventStream;
  told: string;
  offsets: readonly number[];
  /** Jobs that it may still be told of. */
  jobsLeft: number;
}

/** What there is to tell, made once for all readers. */
interface News {
  readonly row: RunRow;
  readonly told: string;
  readonly offsets: readonly number[];
  readonly event: 'progress' | 'ended';
  readonly data: string;
  readonly frames: Map<string, Uint8Array>;
  readonly pages: Map<string, readonly ListedEvent[]>;
}

/** One run, and who follows it. */
export class RunChannel implements Channel {
  readonly #runId: string;
  readonly #view: CoordinatorView;
  readonly #readers: Set<Reader> = new Set();
  moves = false;

  constructor(runId: string, view: CoordinatorView) {
    this.#runId = runId;
    this.#view = view;
  }

  get isEmpty(): boolean {
    return this.#readers.size === 0;
  }

  /** Adds a reader; returns how to remove it. */
  add(stream: EventStream, from: ReadPosition | null): () => void {
    const offsets = from?.offsets ?? this.#view.reportOffsets().map(() => 0);
    const reader: Reader = { stream, told: from?.told ?? '', offsets, jobsLeft: JOBS_MAX };
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  /** Whether a reader that stands there has read the run's end. */
  hasRead({ told, offsets }: ReadPosition): boolean {
    const news = this.#news();
    return news?.event === 'ended' && news.told === told && reached(news.offsets, offsets);
  }

  tell(nowMs: number): boolean {
    const news = this.#news();
    if (news === null) return false; // the view is being made anew
    let isMore = false;
    for (const reader of [...this.#readers]) isMore = this.#tellOne(reader, news, nowMs) || isMore;
    return isMore;
  }

  #news(): News | null {
    const row = this.#view.runs.find(this.#runId);
    if (row === null) return null;
    const progress = progressOf(row);
    const { standing, rate } = movingOf(progress);
    this.moves = rate > 0;
    return {
      row,
      told: `${digestOf(JSON.stringify(standing))}.${rate}`,
      offsets: this.#view.reportOffsets(),
      event: progress.ended === true ? 'ended' : 'progress',
      data: JSON.stringify({ ...progress, links: runLinks(row.runId) }),
      frames: new Map(),
      pages: new Map(),
    };
  }

  /** True where there is more for this reader than goes at once. */
  #tellOne(reader: Reader, news: News, nowMs: number): boolean {
    const { stream } = reader;
    // a reader that has seen more, at another coordinator, waits until this one has come so far
    if (!stream.hasRoom(nowMs) || !reached(news.offsets, reader.offsets)) return false;
    if (this.#tellJobs(reader, news, nowMs)) return true;
    reader.offsets = news.offsets;
    if (reader.told !== news.told) {
      reader.told = news.told;
      stream.send(frameOf(news), nowMs);
    }
    if (news.event === 'ended') stream.end();
    return false;
  }

  /** Tells of jobs that became parked, failed or cancelled; true where there are more. */
  #tellJobs(reader: Reader, news: News, nowMs: number): boolean {
    const { row } = news;
    if (row.parked + row.failed + row.cancelled === 0 || reader.jobsLeft === 0) return false;
    const page = this.#page(reader, news);
    for (const { partition, offset, ...job } of page) {
      reader.offsets = reader.offsets.with(partition, offset + 1);
      const id = positionText(reader);
      const frame = news.frames.get(id) ?? eventFrame('job', id, jobText(row.runId, job));
      news.frames.set(id, frame);
      reader.stream.send(frame, nowMs);
    }
    reader.jobsLeft -= page.length;
    if (reader.jobsLeft > 0) return page.length === JOBS_AT_ONCE;
    const leftOut = { runId: row.runId, told: JOBS_MAX, links: LISTS };
    reader.stream.send(eventFrame('jobs-left-out', null, JSON.stringify(leftOut)), nowMs);
    return false;
  }

  #page(reader: Reader, { row, pages }: News): readonly ListedEvent[] {
    const limit = Math.min(JOBS_AT_ONCE, reader.jobsLeft);
    const key = `${limit} ${offsetsText(reader.offsets)}`;
    const page = pages.get(key) ?? this.#view.jobs.listedAfter(row.runId, reader.offsets, limit);
    pages.set(key, page);
    return page;
  }
}

function jobText(
  runId: string,
  { workflowId, customerIdentifier, status, since, problem }: Omit<ListedEvent, 'partition' | 'offset'>,
): string {
  const reason = problem === null ? {} : { problem };
  const links = { self: `/jobs/${encodeURIComponent(workflowId)}`, run: `/runs/${runId}` };
  return JSON.stringify({ runId, customerIdentifier, workflowId, status, since, ...reason, links });
}

/** What is new, as bytes that all readers share. */
function frameOf({ told, offsets, event, data, frames }: News): Uint8Array {
  const frame = frames.get(event) ?? eventFrame(event, positionText({ told, offsets }), data);
  frames.set(event, frame);
  return frame;
}
