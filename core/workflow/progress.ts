import { conforms } from '../messages/conforms.ts';
import { misfit } from '../messages/decode.ts';
import { deepFreeze } from '../messages/json.ts';
import type { JobEvent } from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';
import { askOf } from './asks.ts';
import type { Decision, DecisionContext, Effect } from './decision.ts';
import { finish } from './finish.ts';
import { discard, discardUnused } from './inbox.ts';
import type { LiveStep, Replay, Standing } from './interpreter.ts';
import type { Arrival, InboxEntry, Job, Step } from './job.ts';
import { settledEvent } from './outcome.ts';
import { isoTime } from './time.ts';

/** One run of one job: what the replay gives, gathered into a decision. */
export class Progress {
  private readonly effects: Effect[] = [];
  private readonly happened: JobEvent[];
  private readonly asked: Set<number> = new Set();
  /** Inbox entries that became the outcome of a step, by step. */
  private readonly taken: Map<InboxEntry, number> = new Map();
  private inbox: readonly InboxEntry[];
  private readonly job: Job;
  private readonly replay: Replay;
  private readonly context: DecisionContext;

  constructor(job: Job, replay: Replay, context: DecisionContext, events: readonly JobEvent[]) {
    this.job = job;
    this.replay = replay;
    this.context = context;
    this.happened = [...events];
    this.inbox = job.inbox;
    this.noteAdded();
  }

  /** Null when settled, or when the step was abandoned meanwhile; else why the outcome does not fit. */
  settle(index: number, outcome: Arrival): string | null {
    if (this.replay.steps[index]?.outcome?.kind === 'abandoned') return null;
    if (outcome.kind === 'expired' && this.tryAgain(index)) return null;
    const schema = this.replay.schemaOf(index);
    if (outcome.kind === 'answer' && schema !== null && !conforms(schema, outcome.value)) {
      return misfit(schema, outcome.value);
    }
    this.happened.push(settledEvent(index, outcome));
    this.replay.settle(index, outcome);
    this.noteAdded();
    return null;
  }

  /** Gives waiting steps what came early, until nothing more fits. */
  takeInbox(): void {
    while (this.replay.standing.kind === 'waiting') {
      const found = this.firstFit();
      if (found === null) return;
      const { entry, index } = found;
      this.inbox = this.inbox.filter((other) => other !== entry);
      if (this.settle(index, entry.outcome) === null) this.taken.set(entry, index);
      else this.effects.push(discard(entry, 'answer-misfit'));
    }
  }

  private firstFit(): { entry: InboxEntry; index: number } | null {
    for (const entry of this.inbox) {
      const step = this.replay.live.find((live) => this.isFor(entry, live));
      if (step !== undefined) return { entry, index: step.index };
    }
    return null;
  }

  private isFor(entry: InboxEntry, { index, request }: LiveStep): boolean {
    if (this.replay.steps[index]?.outcome !== null) return false;
    if (entry.kind === 'answer') return request.kind === 'ask' && entry.for === index;
    if (request.kind !== 'expect' || request.name !== entry.for || entry.outcome.kind !== 'answer')
      return false;
    const { value } = entry.outcome;
    return conforms(request.schema, value) && request.where(deepFreeze(value) as never);
  }

  /** Asks the same question once more where its definition says so; false when its retries are used up. */
  private tryAgain(index: number): boolean {
    const request = this.replay.live.find((step) => step.index === index)?.request;
    const step = this.replay.steps[index];
    if (request?.kind !== 'ask' || step === undefined) return false;
    if (step.attempts > request.retries || request.limitMs === null) return false;
    const dueAtMs = this.context.nowMs + request.limitMs;
    this.replay.steps[index] = { ...step, attempts: step.attempts + 1, dueAtMs };
    this.asked.add(index);
    this.happened.push({ event: 'asked', step: index, category: step.name, payload: step.payload });
    return true;
  }

  private noteAdded(): void {
    for (const step of this.replay.abandoned.splice(0)) this.happened.push({ event: 'abandoned', step });
    for (const { index, request } of this.replay.added.splice(0)) {
      const step = this.replay.steps[index];
      if (step === undefined) continue;
      if (request.kind === 'ask') this.asked.add(index);
      this.happened.push(addedEvent(index, step));
    }
  }

  /** The job as far as the replay got. */
  decision(standing: Exclude<Standing, { kind: 'stuck' }>, askAgain: boolean): Decision {
    const { steps } = this.replay;
    switch (standing.kind) {
      case 'waiting': {
        const wakeAtMs = nextDue(steps);
        const job: Job = {
          ...this.job,
          steps,
          inbox: this.inbox,
          status: 'waiting',
          wakeAtMs,
          problem: null,
        };
        const asks = steps.flatMap((step, index) =>
          step.kind === 'ask' && step.outcome === null && (askAgain || this.asked.has(index))
            ? [askOf(step, index)]
            : [],
        );
        return this.applied(job, asks);
      }
      case 'completed':
        this.happened.push({ event: 'completed', result: standing.result });
        return this.finished({
          ...this.job,
          steps,
          status: 'completed',
          problem: null,
          resultHash: sha256(standing.text),
        });
      case 'failed':
        this.happened.push({ event: 'failed', error: standing.problem });
        return this.finished({ ...this.job, steps, status: 'failed', problem: standing.problem });
      default:
        return standing satisfies never;
    }
  }

  /**
   * The job of a run that got stuck: back to what was on record, with the outcomes that came, as nothing that
   * this run newly asked has been sent. Inbox entries stay unless they settled a step that stays.
   */
  kept(): Job {
    const count = this.job.steps.length;
    const inbox = this.job.inbox.filter((entry) => (this.taken.get(entry) ?? count) >= count);
    return { ...this.job, steps: this.replay.steps.slice(0, count), inbox };
  }

  /** What of this run happened to the job that is `kept`. */
  keptEvents(): readonly JobEvent[] {
    const stays = (step: number): boolean => step < this.job.steps.length;
    return this.happened.filter(
      (event) => !('step' in event) || (stays(event.step) && event.event !== 'asked'),
    );
  }

  private finished(job: Job): Decision {
    this.effects.push(...discardUnused(job, this.inbox, this.context.definitions));
    return this.applied(finish(job, this.context), []);
  }

  private applied(job: Job, asks: readonly Effect[]): Decision {
    const { standing } = this.replay;
    const events = this.happened.map(
      (event): Effect =>
        event.event === 'completed' && standing.kind === 'completed'
          ? { kind: 'emit', event, resultText: standing.text }
          : { kind: 'emit', event },
    );
    return { outcome: 'applied', job, effects: [...asks, ...events, ...this.effects] };
  }
}

function addedEvent(index: number, step: Step): JobEvent {
  switch (step.kind) {
    case 'ask':
      return {
        event: 'asked',
        step: index,
        category: step.name,
        payload: step.payload,
        ...(step.irrevocable === true ? { irrevocable: true } : {}),
      };
    case 'expect':
      return { event: 'expecting', step: index, topic: step.name };
    case 'sleep':
      return { event: 'sleeping', step: index, until: isoTime(step.dueAtMs ?? step.askedAtMs) };
    default:
      return step.kind satisfies never;
  }
}

/** When the first of the open steps is due; null where none ever is. */
export function nextDue(steps: readonly Step[]): number | null {
  let first: number | null = null;
  for (const { outcome, dueAtMs } of steps) {
    if (outcome === null && dueAtMs !== null && (first === null || dueAtMs < first)) first = dueAtMs;
  }
  return first;
}
