// What the coordinator says of a job, as JSON.
import { Value } from '@sinclair/typebox/value';
import { RenderedBill } from '../../../core/mod.ts';
import type { JobRow, StoryEvent } from '../view/job-queries.ts';

/** A result is shown whole where its JSON has at most so many characters. */
const MAX_RESULT_LENGTH = 4_096;

/** A question that a job asked, once for each step. */
interface Question {
  readonly step: number;
  readonly category: string;
  readonly payload: unknown;
  readonly askedAt: string;
  readonly timesAsked: number;
  readonly answeredAt: string | null;
}

/** A job with what it asked, what it waits for, and its story. `run` is the run that asked for it, if one did. */
export function jobReply(
  job: JobRow,
  story: readonly StoryEvent[],
  run: { readonly runId: string; readonly customerIdentifier: string } | null,
  partition: number,
): unknown {
  const { workflowId, workflowType, version, revision, status, updatedAt, problem, result } = job;
  const path = encodeURIComponent(workflowId);
  const bill = status === 'completed' && isBill(result) ? { bill: `/bills/${path}` } : {};
  return {
    workflowId,
    workflowType,
    version,
    revision,
    partition,
    status,
    ...(run === null ? {} : { run }),
    updatedAt,
    ...(problem === null ? {} : { problem }),
    questions: questionsOf(story),
    waitsFor: status === 'waiting' || status === 'parked' ? waitsFor(story) : [],
    ...(result === undefined ? {} : { result: summaryOf(result) }),
    story,
    links: { self: `/jobs/${path}`, ...(run === null ? {} : { run: `/runs/${run.runId}` }), ...bill },
  };
}

/** Whether a result is a bill of ours. */
export function isBill(result: unknown): result is RenderedBill {
  return Value.Check(RenderedBill, result);
}

function questionsOf(story: readonly StoryEvent[]): readonly Question[] {
  const questions = new Map<number, Question>();
  for (const event of story) {
    if (event.event === 'asked') {
      const { step, category, payload, time } = event;
      const first = questions.get(step) ?? {
        step,
        category,
        payload,
        askedAt: time,
        timesAsked: 0,
        answeredAt: null,
      };
      questions.set(step, { ...first, timesAsked: first.timesAsked + 1 });
    } else if (event.event === 'answered') {
      const question = questions.get(event.step);
      if (question !== undefined) questions.set(event.step, { ...question, answeredAt: event.time });
    }
  }
  return [...questions.values()];
}

/** Steps that have begun and not ended, with when they began. */
function waitsFor(story: readonly StoryEvent[]): readonly unknown[] {
  const open = new Map<number, unknown>();
  for (const event of story) {
    switch (event.event) {
      case 'asked':
        open.set(event.step, {
          step: event.step,
          kind: 'answer',
          category: event.category,
          since: event.time,
        });
        break;
      case 'expecting':
        open.set(event.step, { step: event.step, kind: 'event', topic: event.topic, since: event.time });
        break;
      case 'sleeping':
        open.set(event.step, { step: event.step, kind: 'time', until: event.until, since: event.time });
        break;
      case 'answered':
      case 'expired':
      case 'elapsed':
      case 'abandoned':
        open.delete(event.step);
        break;
      case 'started':
      case 'completed':
      case 'failed':
      case 'parked':
      case 'resumed':
      case 'cancelled':
        break;
      default:
        event satisfies never;
    }
  }
  return [...open.values()];
}

/** A bill in a few words; anything else as it is where it is short, else its size. */
function summaryOf(result: unknown): unknown {
  if (isBill(result)) {
    const { billNumber, billDate, dueDate, currency, total } = result.bill;
    return {
      billNumber,
      billDate,
      dueDate,
      currency,
      total,
      renderer: result.renderer,
      sha256: result.sha256,
    };
  }
  const length = JSON.stringify(result).length;
  return length <= MAX_RESULT_LENGTH ? result : { tooLongToShow: true, characters: length };
}
