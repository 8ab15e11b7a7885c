import { Value } from '@sinclair/typebox/value';
import { misfit } from '../messages/decode.ts';
import { canonicalJson } from '../messages/json.ts';
import type { JobEvent } from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';
import { discard, outcomeHashOf } from './decide.ts';
import { type Decision, type DecisionContext, type Effect, refused } from './decision.ts';
import { isoTime } from './time.ts';
import { type LiveStep, Replay } from './interpreter.ts';
import type { InboxEntry, Job, Problem, Step, StepOutcome } from './job.ts';

/** An outcome for a step on record. */
export interface Settlement {
  readonly index: number;
  readonly outcome: StepOutcome;
}

/** The questions that a job waits for now: asked again, they are the same (invariant 2). */
export function pendingAsks(job: Job): readonly Effect[] {
  return job.steps.flatMap((step, index) => (step.kind === 'ask' && step.outcome === null ? [askEffect(step, index)] : []));
}

const askEffect = (step: Step, index: number): Effect => ({ kind: 'ask', step: index, category: step.name, payload: step.payload });

/**
 * Runs a job on: replays it, records the settlements, takes from the inbox what fits, and says what must
 * be done. A job that can't go on is parked with what is on record so far, and loses nothing.
 */
export function run(job: Job, context: DecisionContext, events: readonly JobEvent[], settlements: readonly Settlement[] = [], askAgain = false): Decision {
  if (job.status === 'parked') return recordOnly(job, settlements);
  const definition = context.definitions.get(job.workflowType, job.version);
  if (definition === undefined) {
    const recorded = recordOnly(job, settlements);
    if (recorded.outcome !== 'applied') return recorded;
    return park(recorded.job, { code: 'version-missing', message: `version ${job.version} of ${job.workflowType} is not registered here: deploy it, then retry` }, events);
  }
  const replay = new Replay(definition, job, context.nowMs);
  const progress = new Progress(job, replay, context.nowMs, events);
  for (const settlement of settlements) {
    const problem = progress.settle(settlement);
    if (problem !== null) return refused('answer-misfit', problem);
  }
  progress.takeInbox();
  return progress.decision(context, askAgain);
}

/** One run of one job: what the replay gives, gathered into a decision. */
class Progress {
  private readonly effects: Effect[] = [];
  private readonly happened: JobEvent[];
  private readonly asked: Set<number> = new Set();
  private inbox: readonly InboxEntry[];
  private readonly job: Job;
  private readonly replay: Replay;
  private readonly nowMs: number;

  constructor(job: Job, replay: Replay, nowMs: number, events: readonly JobEvent[]) {
    this.job = job;
    this.replay = replay;
    this.nowMs = nowMs;
    this.happened = [...events];
    this.inbox = job.inbox;
    this.noteAdded();
  }

  /** Null when settled; else why the outcome does not fit. */
  settle({ index, outcome }: Settlement): string | null {
    if (this.replay.standing.kind !== 'waiting') {
      // stuck before it could be checked: record it, a retry checks it
      const step = this.replay.steps[index];
      if (step !== undefined) this.replay.steps[index] = { ...step, outcome };
      return null;
    }
    if (outcome.kind === 'expired' && this.tryAgain(index)) return null;
    const schema = this.replay.schemaOf(index);
    if (outcome.kind === 'answer' && schema !== null && !Value.Check(schema, outcome.value)) return misfit(schema, outcome.value);
    this.happened.push(settledEvent(index, outcome));
    this.replay.settle(index, outcome);
    this.noteAdded();
    return null;
  }

  /** Gives waiting steps what came early, until nothing more fits. */
  takeInbox(): void {
    for (;;) {
      const found = this.inbox.flatMap((entry, at) => {
        const step = this.replay.live.find((live) => this.isFor(entry, live));
        return step === undefined ? [] : [{ at, entry, index: step.index }];
      })[0];
      if (this.replay.standing.kind !== 'waiting' || found === undefined) return;
      this.inbox = this.inbox.filter((_, at) => at !== found.at);
      if (this.settle({ index: found.index, outcome: found.entry.outcome }) !== null) this.effects.push(discard(found.entry, 'answer-misfit'));
    }
  }

  private isFor(entry: InboxEntry, { index, request }: LiveStep): boolean {
    if (this.replay.steps[index]?.outcome !== null) return false;
    if (entry.kind === 'answer') return request.kind === 'ask' && entry.for === index;
    if (request.kind !== 'expect' || request.name !== entry.for || entry.outcome.kind !== 'answer') return false;
    return Value.Check(request.schema, entry.outcome.value) && request.where(entry.outcome.value as never);
  }

  /** Asks the same question once more where its definition says so; false when its retries are used up. */
  private tryAgain(index: number): boolean {
    const request = this.replay.live.find((step) => step.index === index)?.request;
    const step = this.replay.steps[index];
    if (request?.kind !== 'ask' || step === undefined || step.attempts > request.retries || request.limitMs === null) return false;
    this.replay.steps[index] = { ...step, attempts: step.attempts + 1, dueAtMs: this.nowMs + request.limitMs };
    this.asked.add(index);
    this.happened.push({ event: 'asked', step: index, category: step.name, payload: step.payload });
    return true;
  }

  private noteAdded(): void {
    for (const { index, request } of this.replay.added.splice(0)) {
      const step = this.replay.steps[index];
      if (step === undefined) continue;
      if (request.kind === 'ask') {
        this.asked.add(index);
        this.happened.push({ event: 'asked', step: index, category: step.name, payload: step.payload });
      } else if (request.kind === 'expect') this.happened.push({ event: 'expecting', step: index, topic: step.name });
      else this.happened.push({ event: 'sleeping', step: index, until: isoTime(step.dueAtMs ?? this.nowMs) });
    }
  }

  decision(context: DecisionContext, askAgain: boolean): Decision {
    const { standing, steps } = this.replay;
    switch (standing.kind) {
      case 'waiting': {
        const job: Job = { ...this.job, steps, inbox: this.inbox, status: 'waiting', wakeAtMs: nextDue(steps), problem: null };
        return this.applied(job, (step, index) => step.outcome === null && (askAgain || this.asked.has(index)));
      }
      case 'completed':
      case 'failed': {
        const failed = standing.kind === 'failed';
        this.happened.push(failed ? { event: 'failed', error: standing.problem } : { event: 'completed', result: standing.result });
        const job: Job = {
          ...this.job, steps, inbox: [], wakeAtMs: null, status: standing.kind,
          problem: failed ? standing.problem : null,
          resultHash: failed ? null : sha256(canonicalJson(standing.result)),
        };
        this.effects.push(...this.inbox.map((entry) => discard(entry, 'never-asked')));
        const decision = this.applied(job, () => false);
        return context.finished === 'keep' ? decision : { ...decision, job: tombstoneOf(decision.job) };
      }
      case 'stuck': {
        // back to what was on record, with the outcomes that came: nothing that this run newly asked has been sent
        const kept = steps.slice(0, this.job.steps.length);
        const inbox = this.job.inbox.filter((entry) => this.inbox.includes(entry) || (typeof entry.for === 'number' ? entry.for >= kept.length : true));
        const settled = this.happened.filter((event) => !('step' in event) || (event.step < kept.length && event.event === 'answered'));
        return park({ ...this.job, steps: kept, inbox }, standing.problem, settled);
      }
      default:
        return standing satisfies never;
    }
  }

  private applied(job: Job, isAsked: (step: Step, index: number) => boolean): Extract<Decision, { outcome: 'applied' | 'parked' }> {
    const asks = job.steps.flatMap((step, index) => (step.kind === 'ask' && isAsked(step, index) ? [askEffect(step, index)] : []));
    const events: readonly Effect[] = this.happened.map((event) => ({ kind: 'emit', event }));
    return { outcome: 'applied', job, effects: [...asks, ...events, ...this.effects] };
  }
}

/** Records outcomes without running: for a parked job, whose retry will check them. */
function recordOnly(job: Job, settlements: readonly Settlement[]): Extract<Decision, { outcome: 'applied' | 'parked' }> {
  const steps = job.steps.map((step, index) => {
    const settlement = settlements.find((one) => one.index === index);
    return settlement === undefined ? step : { ...step, outcome: settlement.outcome };
  });
  const effects: readonly Effect[] = settlements.map(({ index, outcome }) => ({ kind: 'emit', event: settledEvent(index, outcome) }));
  return { outcome: 'applied', job: { ...job, steps }, effects };
}

function park(job: Job, problem: Problem, events: readonly JobEvent[]): Decision {
  const happened: readonly JobEvent[] = [...events, { event: 'parked', error: problem }];
  return {
    outcome: 'parked',
    job: { ...job, status: 'parked', problem, wakeAtMs: null },
    effects: happened.map((event) => ({ kind: 'emit', event })),
  };
}

function settledEvent(step: number, outcome: StepOutcome): JobEvent {
  switch (outcome.kind) {
    case 'answer':
      return { event: 'answered', step };
    case 'error':
      return { event: 'answered', step, error: outcome.error };
    case 'expired':
      return { event: 'expired', step };
    case 'elapsed':
      return { event: 'elapsed', step };
    default:
      return outcome satisfies never;
  }
}

function nextDue(steps: readonly Step[]): number | null {
  const due = steps.flatMap((step) => (step.outcome === null && step.dueAtMs !== null ? [step.dueAtMs] : []));
  return due.length === 0 ? null : Math.min(...due);
}

/** What a finished job leaves: enough to know a repeat from a conflict (invariants 1 and 3), and nothing else. */
function tombstoneOf(job: Job): Job {
  const outcomeHashes = job.steps.map((step) => (step.outcome === null ? '' : outcomeHashOf(step.outcome)));
  return { ...job, input: null, steps: [], inbox: [], seenOffsets: {}, outcomeHashes };
}
