import type { Json } from '../messages/json.ts';
import { partitionFor } from '../messages/partitioner.ts';
import type { IncomingRecord, Position } from '../messages/record.ts';
import { topics } from '../messages/topics.ts';
import type { Job } from '../workflow/job.ts';
import type { Process } from './kernel.ts';
import type { Reply, Scenario, Violation } from './options.ts';
import {
  canonical,
  checkReport,
  checkSaved,
  type Dossier,
  hasEnded,
  newDossier,
  type Told,
} from './oracle-jobs.ts';
import type { LogWatcher, SimLog } from './sim-log.ts';
import type { SimStore, StoreWatcher } from './sim-store.ts';

/** The topic of accepted workflows, and the groups of the simulation. */
export const RUNS = 'runs';
export const GROUPS = { coordinators: 'coordinators', engines: 'engines', answerers: 'answerers' } as const;

/** What the oracle can look at. */
export interface Seen {
  readonly log: SimLog;
  readonly store: SimStore;
  step(): number;
  /** The latest time on any clock within these steps. */
  latestWithin(from: number, to: number): number;
  /** The records that the process has in hand. */
  inHand(process: Process): readonly IncomingRecord[];
}

/** What one record made of one job, which is to be durable before the record counts as read. */
interface Owed {
  readonly dossier: Dossier;
  readonly revision: number;
  readonly isTold: boolean;
  readonly questions: readonly string[];
  /** The records of this job that were decided together, and do not count as read yet. */
  readonly places: Set<string>;
}

/**
 * Judges a run by its log and its store. It shares nothing with the core's decisions: what a job is, who answered first and
 * how it must end it reads from the log and the scenario's model. It looks only at what a step touched.
 */
export class Oracle implements LogWatcher, StoreWatcher {
  violation: Violation | null = null;
  readonly dossiers: Map<string, Dossier> = new Map();
  readonly #scenario: Scenario;
  readonly #seen: () => Seen;
  readonly #partitions: number;
  readonly #types: ReadonlySet<string>;
  readonly #eventTopics: ReadonlySet<string>;
  readonly #questions: Map<string, string> = new Map();
  readonly #answered: Set<string> = new Set();
  readonly #queued: Set<string> = new Set();
  readonly #owed: Map<string, Owed[]> = new Map();
  readonly #letters: Set<string> = new Set();
  readonly #mustBeRefused: { readonly place: string; readonly what: string }[] = [];

  constructor(scenario: Scenario, partitions: number, seen: () => Seen) {
    this.#scenario = scenario;
    this.#partitions = partitions;
    this.#seen = seen;
    const definitions = scenario.deployments.flat();
    // what may be ignored leaves no trace
    const strict = definitions.filter(({ unclaimedEvents }) => unclaimedEvents !== 'ignore');
    this.#eventTopics = new Set(strict.flatMap(({ expects }) => expects));
    this.#types = new Set(scenario.deployments.flat().map(({ type }) => type));
  }

  readonly accuse = (invariant: number | 'progress', message: string): void => {
    this.violation ??= { invariant, message, step: this.#seen().step() };
  };

  /** This record is broken: it has to end in the dead letters. */
  mustRefuse(record: Position, what: string): void {
    this.#mustBeRefused.push({ place: placeOf(record), what });
  }

  appended(record: IncomingRecord): void {
    switch (record.topic) {
      case topics.workflowQueue:
        this.#workflow(record);
        return;
      case topics.questions:
        this.#question(record);
        return;
      case topics.answers:
        this.#answer(record);
        return;
      case topics.workflowEvents:
        this.#report(record);
        return;
      case topics.deadLetters: {
        const { headers, key } = record;
        if (typeof key === 'string') this.#dossier(key).letters.add(headers['requite-origin-topic'] ?? '');
        const at = `${headers['requite-origin-topic']}/${headers['requite-origin-partition']}/${headers['requite-origin-offset']}`;
        this.#letters.add(at);
        if (headers['requite-reason'] === 'processing-failed')
          this.accuse(8, `a record was put aside as it could not be processed: ${headers['requite-detail']}`);
        return;
      }
      default:
        this.#event(record);
    }
  }

  saved(before: Job | undefined, after: Job | null, by: Process): void {
    checkSaved(before, after, this.accuse);
    if (after === null) return;
    if (after.workflowId.charCodeAt(0) === 1) {
      if (before !== undefined && before.partition !== after.partition)
        this.accuse(
          1,
          `partitions ${before.partition} and ${after.partition} write one state, ${JSON.stringify(after.workflowId)}`,
        );
      return;
    }
    if (after.partition !== partitionFor(after.workflowId, this.#partitions))
      this.accuse(1, `${after.workflowId} is kept in partition ${after.partition}, which is not its home`);
    if (after.inbox.length > 1000)
      this.accuse(7, `${after.workflowId} has ${after.inbox.length} in its inbox`);
    const dossier = this.#dossier(after.workflowId);
    this.#noteSteps(dossier, before, after);
    const isTold = after.status !== 'early' && after.events.length > 0 && after.events !== before?.events;
    const asked = after.steps
      .slice(before?.steps.length ?? 0)
      .flatMap((step, at) =>
        step.kind === 'ask' && step.outcome === null ? [qaOf(after, (before?.steps.length ?? 0) + at)] : [],
      );
    if (isTold) dossier.owed.add(after.revision);
    if (!isTold && asked.length === 0) return;
    const places = this.#seen()
      .inHand(by)
      .filter(({ key }) => key === after.workflowId)
      .map(placeOf);
    const questions = hasEnded(after.status) ? [] : asked;
    const owed: Owed = { dossier, revision: after.revision, isTold, questions, places: new Set(places) };
    for (const place of places) {
      const list = this.#owed.get(place);
      if (list === undefined) this.#owed.set(place, [owed]);
      else list.push(owed);
    }
  }

  committed(group: string, { topic, partition, offset }: Position, before: number, isOwner: boolean): void {
    if (!isOwner)
      this.accuse(5, `a member of ${group} commits for partition ${partition}, which is another's`);
    const log = this.#seen().log.of(topic)[partition] ?? [];
    for (let at = before; at < offset; at++) {
      const record = log[at];
      if (record !== undefined) this.#read(group, record);
    }
  }

  /** At the end, when nothing happens any more: what was accepted must have ended, and all of it been told. */
  atRest(accepted: Iterable<string>): void {
    const { store } = this.#seen();
    for (const id of accepted) {
      const { content, end, latest } = this.#dossier(id);
      if (content === null)
        this.accuse('progress', `${id} was accepted and never came to its home partition`);
      else if (end === null)
        this.accuse(
          'progress',
          `${id} has not ended: its latest report says ${latest.status || 'nothing'}, its job ${store.jobs.get(id)?.status}`,
        );
    }
    for (const dossier of this.dossiers.values()) this.#atEnd(dossier);
    const ended = [...this.dossiers.values()].flatMap(({ workflowId, version, end }) =>
      end === null ? [] : [{ workflowId, version: version ?? 0, ...end }],
    );
    const wrong = this.#scenario.atRest?.({ ended }) ?? null;
    if (wrong !== null) this.accuse('progress', wrong);
    for (const { place, what } of this.#mustBeRefused)
      if (!this.#letters.has(place)) this.accuse(6, `${what} at ${place} is not in the dead letters`);
  }

  #atEnd({ workflowId, told, owed, end, events, expects, letters }: Dossier): void {
    for (const topic of events)
      if (end !== null && !expects.has(topic) && !letters.has(topic))
        this.accuse(
          6,
          `${workflowId} took no event from ${topic}, and those that came are not in the dead letters`,
        );
    for (const revision of owed)
      if (!told.has(revision))
        this.accuse(5, `revision ${revision} of ${workflowId} was saved and never told`);
    const status = this.#seen().store.jobs.get(workflowId)?.status ?? 'nothing';
    if (end !== null && status !== end.status)
      this.accuse(4, `${workflowId} was told as ${end.status}, and its job is ${status}`);
  }

  #event({ topic, partition, key }: IncomingRecord): void {
    if (!this.#eventTopics.has(topic) || typeof key !== 'string') return;
    if (partition === partitionFor(key, this.#partitions)) this.#dossier(key).events.add(topic);
  }

  #workflow(record: IncomingRecord): void {
    const message = parsed(record.value);
    const id = message?.['workflow-id'];
    const type = message?.['workflow-type'];
    if (typeof id !== 'string' || typeof type !== 'string' || message === null) return;
    this.#queued.add(id);
    if (record.partition !== partitionFor(id, this.#partitions) || !this.#types.has(type)) return;
    const dossier = this.#dossier(id);
    const payload = message.payload as Json;
    dossier.content ??= { type, payload, text: canonical(payload) };
  }

  #question({ key, value }: IncomingRecord): void {
    const message = parsed(value);
    const qa = message?.qaIdentifier;
    if (message === null || typeof qa !== 'string' || typeof key !== 'string') return;
    const text = canonical([message.questionCategory, message.payload]);
    const known = this.#questions.get(qa);
    if (known !== undefined) {
      if (known !== text) this.accuse(2, `question ${qa} was ${known} and is ${text}`);
      return;
    }
    this.#questions.set(qa, text);
    const dossier = this.#dossier(key);
    for (const [step, question] of this.#scenario.asksOnce === true ? dossier.questions : [])
      if (question.text === text) this.accuse(2, `${key} asks ${text} under step ${step} and again as ${qa}`);
    const place = stepOf(qa);
    const category = String(message.questionCategory);
    const payload = message.payload as Json;
    dossier.questions.set(place?.step ?? -1, { category, payload, text });
  }

  #answer(record: IncomingRecord): void {
    const message = parsed(record.value);
    const qa = message?.qaIdentifier;
    if (message === null || typeof qa !== 'string') return;
    this.#answered.add(qa);
    const place = stepOf(qa);
    if (place === null || record.partition !== partitionFor(place.workflowId, this.#partitions)) return;
    const dossier = this.#dossier(place.workflowId);
    const question = dossier.questions.get(place.step);
    if (question === undefined) return;
    const said: unknown = 'answer' in message ? { answer: message.answer } : { error: message.error };
    const { category, payload } = question;
    const replies = [
      this.#scenario.reply(category, payload),
      this.#scenario.contradiction(category, payload),
    ];
    if (!replies.some((each) => each === null || canonical(each) === canonical(said))) return;
    const first = dossier.answers.get(place.step);
    if (first === undefined)
      dossier.answers.set(place.step, { reply: said as Reply, step: this.#seen().step() });
    else if (canonical(first.reply) !== canonical(said))
      this.mustRefuse(record, `the contradiction of ${qa}`);
  }

  #report({ value }: IncomingRecord): void {
    const report = parsed(value) as unknown as Told | null;
    if (report === null) return;
    const dossier = this.#dossier(report['workflow-id']);
    for (const { event, step } of report.events)
      if (event === 'expired' && step !== undefined) this.#noteExpired(dossier, step);
    checkReport(dossier, report, this.#scenario, this.accuse);
  }

  #noteSteps(dossier: Dossier, before: Job | undefined, after: Job): void {
    for (const [index, step] of after.steps.entries()) {
      const { outcome, dueAtMs } = step;
      const was = before?.steps[index];
      if (was === step) continue;
      if (outcome?.kind === 'expired') this.#noteExpired(dossier, index);
      else if (outcome === null && dueAtMs !== null && dueAtMs !== was?.dueAtMs)
        dossier.due.set(index, { atMs: dueAtMs, since: this.#seen().step() });
    }
  }

  /** A limit fired: no answer may have lain on the log before any clock had passed it (invariant 3). */
  #noteExpired(dossier: Dossier, step: number): void {
    if (dossier.expired.has(step)) return;
    dossier.expired.add(step);
    const answer = dossier.answers.get(step);
    const due = dossier.due.get(step);
    if (answer === undefined || due === undefined) return;
    if (this.#seen().latestWithin(due.since, answer.step + 1) < due.atMs)
      this.accuse(
        3,
        `${dossier.workflowId}: the limit of step ${step} fired, and its answer was on the log before`,
      );
  }

  /** A record counts as read: what it caused must be durable (invariant 5). */
  #read(group: string, record: IncomingRecord): void {
    const place = placeOf(record);
    if (group === GROUPS.coordinators) {
      for (const id of (parsed(record.value)?.ids as readonly string[] | undefined) ?? [])
        if (!this.#queued.has(id))
          this.accuse(5, `run ${place} counts as read, and ${id} is not on the queue`);
    } else if (group === GROUPS.answerers) {
      const { qaIdentifier: qa, questionCategory, payload } = parsed(record.value) ?? {};
      const isTheirs = this.#scenario.reply(String(questionCategory), payload as Json) !== null;
      if (typeof qa === 'string' && isTheirs && !this.#answered.has(qa))
        this.accuse(5, `question ${qa} counts as read, and there is no answer`);
    } else if (group === GROUPS.engines) this.#readByEngine(record, place);
  }

  #readByEngine(record: IncomingRecord, place: string): void {
    const owed = this.#owed.get(place);
    this.#owed.delete(place);
    for (const { dossier, revision, isTold, questions, places } of owed ?? []) {
      places.delete(place);
      // the others of its batch come again, and drive on what it began
      if (places.size > 0) continue;
      const { workflowId, told } = dossier;
      if (isTold && !told.has(revision))
        this.accuse(
          5,
          `${place} counts as read, and revision ${revision} of ${workflowId} that it made is not told`,
        );
      for (const qa of questions)
        if (!this.#questions.has(qa) && this.#isStillOpen(workflowId, qa))
          this.accuse(5, `${place} counts as read, and question ${qa} that it made is not asked`);
    }
    if (record.topic !== topics.workflowQueue || typeof record.key !== 'string') return;
    const { content } = this.#dossier(record.key);
    if (
      content !== null &&
      record.partition === partitionFor(record.key, this.#partitions) &&
      !this.#seen().store.jobs.has(record.key)
    )
      this.accuse(5, `${place} counts as read, and the job ${record.key} is not kept`);
  }

  #isStillOpen(workflowId: string, qa: string): boolean {
    const job = this.#seen().store.jobs.get(workflowId);
    return job?.status === 'waiting' && job.steps[stepOf(qa)?.step ?? -1]?.outcome === null;
  }

  #dossier(workflowId: string): Dossier {
    const known = this.dossiers.get(workflowId);
    if (known !== undefined) return known;
    const made = newDossier(workflowId);
    this.dossiers.set(workflowId, made);
    return made;
  }
}

const placeOf = ({ topic, partition, offset }: Position): string => `${topic}/${partition}/${offset}`;

/** The oracle's own reading of a question's identifier. */
function stepOf(qa: string): { readonly workflowId: string; readonly step: number } | null {
  const [, id = '', step = ''] = qa.split('/');
  if (id === '' || !/^\d+$/.test(step)) return null;
  return { workflowId: decodeURIComponent(id), step: Number(step) };
}

const qaOf = ({ workflowType, workflowId }: Job, step: number): string =>
  [workflowType, encodeURIComponent(workflowId), step].join('/');

function parsed(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== 'string') return null;
  try {
    const message: unknown = JSON.parse(value);
    return typeof message === 'object' && message !== null
      ? (message as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null; // a broken record says nothing
  }
}
