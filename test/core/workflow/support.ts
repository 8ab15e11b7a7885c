// Given a store and definitions, when records or time come, then see what is published, stored and counted.
import { qaIdentifierOf } from '../../../core/messages/correlation.ts';
import type { Json } from '../../../core/messages/json.ts';
import { partitionFor } from '../../../core/messages/partitioner.ts';
import type { IncomingRecord, OutgoingRecord, Payload } from '../../../core/messages/record.ts';
import type { JobEvent, JobReport, QuestionMessage } from '../../../core/messages/schemas.ts';
import { topics } from '../../../core/messages/topics.ts';
import { type BatchContext, decideBatch, decideDueJobs } from '../../../core/workflow/batch.ts';
import type { AnyWorkflow } from '../../../core/workflow/definition.ts';
import { Definitions } from '../../../core/workflow/definitions.ts';
import { take } from '../../../core/workflow/intake.ts';
import type { Job } from '../../../core/workflow/job.ts';
import type { Ledger } from '../../../core/workflow/ledger.ts';
import type { Decided } from '../../../core/workflow/unit-of-work.ts';
import { assert } from '../../harness.ts';

export const PARTITIONS = 4;
const CREATED = '2020-04-15T14:24:11Z';
export const homeOf = (workflowId: string): number => partitionFor(workflowId, PARTITIONS);

let offset = 0;

/** A record in the home partition of its key. */
export function incoming(
  topic: string,
  key: string,
  value: Payload,
  fields: Partial<IncomingRecord> = {},
): IncomingRecord {
  const partition = homeOf(key);
  return { topic, partition, offset: offset++, key, value, headers: {}, timestampMs: 0, ...fields };
}

export function start(
  type: string,
  id: string,
  payload: Json = {},
  fields: Partial<IncomingRecord> = {},
): IncomingRecord {
  const message = { 'workflow-type': type, 'workflow-id': id, 'create-time': CREATED, payload };
  return incoming(topics.workflowQueue, id, JSON.stringify(message), fields);
}

/** Puts a workflow on the queue so that it does not run. */
export function startCancelled(type: string, id: string, payload: Json = {}): IncomingRecord {
  const message = { 'workflow-type': type, 'workflow-id': id, 'create-time': CREATED, payload };
  return incoming(topics.workflowQueue, id, JSON.stringify({ ...message, cancelled: true }));
}

/** A cancel of a job that may have ended. */
export function cancelUnlessEnded(type: string, id: string): IncomingRecord {
  const message = { 'workflow-type': type, 'workflow-id': id, command: 'cancel', 'unless-ended': true };
  return incoming(topics.workflowCommands, id, JSON.stringify(message));
}

export function answer(type: string, id: string, step: number, value: Json): IncomingRecord {
  const qaIdentifier = qaIdentifierOf({ workflowType: type, workflowId: id, step });
  return incoming(
    topics.answers,
    id,
    JSON.stringify({ qaIdentifier, questionCategory: 'any', answer: value }),
  );
}

export function answerError(
  type: string,
  id: string,
  step: number,
  code: string,
  message = 'no',
): IncomingRecord {
  const qaIdentifier = qaIdentifierOf({ workflowType: type, workflowId: id, step });
  return incoming(topics.answers, id, JSON.stringify({ qaIdentifier, error: { code, message } }));
}

export function command(type: string, id: string, what: 'retry' | 'cancel'): IncomingRecord {
  const message = { 'workflow-type': type, 'workflow-id': id, command: what };
  return incoming(topics.workflowCommands, id, JSON.stringify(message));
}

export function event(topic: string, id: string, value: Json): IncomingRecord {
  return incoming(topic, id, JSON.stringify(value));
}

/** What one batch or tick came to. */
export interface Outcome {
  readonly ledger: Ledger;
  readonly records: readonly OutgoingRecord[];
  readonly decided: readonly Decided[];
  /** `step category` of each question, in order. */
  readonly questions: readonly string[];
  readonly reports: readonly JobReport[];
  /** Names of what the reports say happened, in order. */
  readonly events: readonly JobEvent['event'][];
  /** The reasons of the dead letters. */
  readonly letters: readonly string[];
}

const valuesOn = <T>(records: readonly OutgoingRecord[], topic: string): T[] =>
  records.filter((record) => record.topic === topic).map(({ value }) => JSON.parse(value as string) as T);

function outcomeOf(decided: readonly Decided[], ledger: Ledger): Outcome {
  const records = decided.flatMap((each) => each.records);
  const reports = valuesOn<JobReport>(records, topics.workflowEvents);
  const asked = valuesOn<QuestionMessage>(records, topics.questions);
  return {
    ledger,
    records,
    decided,
    reports,
    questions: asked.map((each) => `${each.qaIdentifier.split('/')[2]} ${each.questionCategory}`),
    events: reports.flatMap((report) => report.events.map((each) => each.event)),
    letters: records
      .filter(({ topic }) => topic === topics.deadLetters)
      .map(({ headers }) => headers?.['requite-reason'] ?? ''),
  };
}

/** A store of jobs as JSON text, with the core's decisions over it. */
export class Scene {
  nowMs = 1_000_000;
  definitions: Definitions;
  readonly settings: {
    finished: BatchContext['finished'];
    earlyWaitMs: number;
    maxEarlyJobs: number;
    isTraced: boolean;
  };
  readonly #jobs: Map<string, string> = new Map();

  constructor(definitions: readonly AnyWorkflow[], settings: Partial<Scene['settings']> = {}) {
    this.definitions = new Definitions(definitions);
    this.settings = {
      finished: 'keep',
      earlyWaitMs: 60_000,
      maxEarlyJobs: 100,
      isTraced: false,
      ...settings,
    };
  }

  deploy(...definitions: readonly AnyWorkflow[]): void {
    this.definitions = new Definitions(definitions);
  }

  find(id: string): Job | undefined {
    const text = this.#jobs.get(id);
    return text === undefined ? undefined : (JSON.parse(text) as Job);
  }

  job(id: string): Job {
    const job = this.find(id);
    assert.ok(job, `there is no job ${id}`);
    return job;
  }

  get jobs(): readonly Job[] {
    return [...this.#jobs.values()].map((text) => JSON.parse(text) as Job);
  }

  /** Decides a batch and saves it. */
  when(...records: readonly IncomingRecord[]): Outcome {
    const outcome = this.decide(records);
    this.save(outcome.decided);
    return outcome;
  }

  /** Decides a batch and saves nothing: a crash before the save. */
  decide(records: readonly IncomingRecord[]): Outcome {
    const taken = records.map((record) => take(record, this.definitions, PARTITIONS));
    const jobs = new Map(this.jobs.map((job) => [job.workflowId, job]));
    const earlyJobs = new Map<number, number>();
    for (const { status, partition } of jobs.values()) {
      if (status === 'early') earlyJobs.set(partition, (earlyJobs.get(partition) ?? 0) + 1);
    }
    const { decided, ledger } = decideBatch(taken, { jobs, earlyJobs }, this.context());
    const counted = Object.values(ledger).reduce((sum, count) => sum + count, 0);
    assert.equal(counted, records.length, 'the ledger adds up to the records read (invariant 6)');
    return outcomeOf(decided, ledger);
  }

  /** Lets time pass, and fires what is due. */
  tick(ms = 0): Outcome {
    this.nowMs += ms;
    const due = this.jobs.filter(({ wakeAtMs }) => wakeAtMs !== null && wakeAtMs <= this.nowMs);
    const outcome = outcomeOf(decideDueJobs(due, this.context()), {});
    this.save(outcome.decided);
    return outcome;
  }

  save(decided: readonly Decided[]): void {
    for (const { change } of decided) {
      if (change === null) continue;
      const { job, forget } = change;
      const stored = this.find(job.workflowId)?.revision ?? 0;
      assert.equal(job.revision, stored + 1, 'one revision a job and unit of work');
      if (forget === true) this.#jobs.delete(job.workflowId);
      else this.#jobs.set(job.workflowId, JSON.stringify(job));
    }
  }

  context(): BatchContext {
    return { definitions: this.definitions, nowMs: this.nowMs, ...this.settings };
  }
}

/** How many records ended so, whatever their topic. */
export function ended(ledger: Ledger, ending: string): number {
  return Object.entries(ledger)
    .filter(([key]) => key.split(' ').slice(1).join(' ') === ending)
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Asserts where the one record of a batch ended. */
export function endedAs(outcome: Outcome, ending: string): void {
  assert.deepEqual(
    Object.keys(outcome.ledger).map((key) => key.split(' ').slice(1).join(' ')),
    [ending],
  );
}
