import type { IncomingRecord, Position } from '../messages/record.ts';
import { topics } from '../messages/topics.ts';
import type { Consumer } from '../messages/transport.ts';
import { type BatchContext, decideBatch, decideDueJobs } from '../workflow/batch.ts';
import type { Definitions } from '../workflow/definitions.ts';
import { type Taken, take } from '../workflow/intake.ts';
import { isOpen, type Job } from '../workflow/job.ts';
import type { Ledger } from '../workflow/ledger.ts';
import type { Decided, UnitOfWork } from '../workflow/unit-of-work.ts';
import {
  type LogLines,
  offsetsAfter,
  type Processor,
  type WorkObserver,
  type Workplace,
} from './processor.ts';
import { StoreGuard } from './store-guard.ts';
import { ToldJobs } from './told-jobs.ts';

export interface WorkflowProcessorOptions {
  readonly backing: Workplace;
  readonly definitions: Definitions;
  readonly group: string;
  readonly partitions: number;
  /** Jobs of a partition that may wait for answers at once. */
  readonly maxOpenJobs: number;
  /** Names the job store, where another would not have its jobs. */
  readonly storeId: string | null;
  /** Goes on where the jobs are in another store, which is lost. */
  readonly acceptLostJobs: boolean;
  /** How long an answer waits for a workflow that is not known yet. */
  readonly earlyWaitMs: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly logger: LogLines;
  readonly observer?: WorkObserver | undefined;
  /** How it decides; for simulations with a planted fault. Default: as the core does. */
  readonly decisions?: WorkflowDecisions | undefined;
}

/** The decisions that a processor of workflows rests on. */
export interface WorkflowDecisions {
  readonly take: typeof take;
  readonly decideBatch: typeof decideBatch;
  readonly decideDueJobs: typeof decideDueJobs;
}

const DECISIONS: WorkflowDecisions = { take, decideBatch, decideDueJobs };

/** What time may fire in a partition once the topics that feed it were applied up to these ends. */
interface Fence {
  readonly atMs: number;
  readonly ends: readonly Position[];
}

const DUE_LIMIT = 500;
const MAX_EARLY_JOBS = 10_000;
/** With so many early jobs in a partition, events wait on their topic for the workflows to come. */
const HELD_EARLY_JOBS = 1_000;
const MAX_TICK_WAIT_MS = 500;
/** So soon it is looked again where what is due is for other groups of the same job store. */
const OTHERS_DUE_MS = 250;
/** New workflows are taken again when the open jobs fell to this part of their limit. */
const RESUME_AT = 0.8;

const isEarly = ({ status }: Job): boolean => status === 'early';

/** Runs workflows, around the decisions: loads the jobs of a batch, decides, commits the unit; fires what is due. */
export class WorkflowProcessor implements Processor {
  readonly group: string;
  readonly topics: readonly string[];
  /** Answers go first: so a run of any length has few jobs open at once. */
  readonly last: readonly string[] = [topics.workflowQueue];
  readonly asideReason: string = 'processing-failed';
  /** While a unit of work is on its way to the log nothing else is decided, and all of it is in memory: not too few, or too many. */
  readonly maxRecords: number = 1_000;
  readonly mark: string | undefined;
  private readonly guard: StoreGuard;
  private readonly feeding: readonly string[];
  private readonly openJobs: Map<number, number> = new Map();
  private readonly earlyJobs: Map<number, number> = new Map();
  private readonly paused: Set<number> = new Set();
  /**
   * Partitions whose queue may begin with workflows that were saved while their questions were not published, as where a
   * unit of work was cut off. Nobody can answer those: so they are read again, however many jobs are open, up to the
   * first workflow that is new.
   */
  private readonly inDoubt: Set<number> = new Set();
  private readonly told: ToldJobs = new ToldJobs();
  private readonly fences: Map<number, Fence> = new Map();
  private nextDueMs: number | null = null;
  private dueIsKnown = false;
  private readonly decisions: WorkflowDecisions;
  private readonly options: WorkflowProcessorOptions;

  constructor(options: WorkflowProcessorOptions) {
    this.options = options;
    this.decisions = options.decisions ?? DECISIONS;
    this.group = options.group;
    this.feeding = [topics.answers, topics.workflowCommands, ...options.definitions.expectedTopics];
    this.topics = [topics.workflowQueue, ...this.feeding];
    this.guard = new StoreGuard(options);
    this.mark = this.guard.mark;
  }

  onGained(partitions: readonly number[], marks: readonly string[]): void {
    this.forget(partitions);
    this.guard.inspect(marks);
  }

  onLost(partitions: readonly number[]): void {
    this.forget(partitions);
    for (const partition of partitions) this.inDoubt.delete(partition);
  }

  jobs(): Readonly<Record<string, number>> {
    const sum = (counts: ReadonlyMap<number, number>): number =>
      [...counts.values()].reduce((all, each) => all + each, 0);
    return { open: sum(this.openJobs), early: sum(this.earlyJobs) };
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    this.guard.check();
    const { backing, definitions, partitions } = this.options;
    const taken = records.map((record) => this.decisions.take(record, definitions, partitions));
    const ids = new Set<string>();
    for (const item of taken) if (item.kind === 'job') ids.add(item.workflowId);
    const jobs = await backing.jobStore.load([...ids]);
    for (const partition of new Set(records.map(({ partition }) => partition))) await this.count(partition);
    const heldBack = this.holdBack(records, taken, jobs);
    const isNow = (_: unknown, at: number): boolean => !heldBack.has(at);
    const { decided, ledger } = this.decisions.decideBatch(
      heldBack.size === 0 ? taken : taken.filter(isNow),
      { jobs, earlyJobs: this.earlyJobs },
      this.context(this.options.now()),
    );
    const offsets = offsetsAfter(heldBack.size === 0 ? records : records.filter(isNow));
    if (offsets.length > 0) await this.commit(consumer, { decided, offsets }, jobs);
    if (heldBack.size > 0) await this.leave(heldBack.values(), consumer);
    return ledger;
  }

  /**
   * The places in the batch of the records that are not taken now, with their partitions: where too many jobs are open
   * already, the first new workflow of a partition that was in doubt, and what follows it on the queue.
   */
  private holdBack(
    records: readonly IncomingRecord[],
    taken: readonly Taken[],
    jobs: ReadonlyMap<string, Job>,
  ): ReadonlyMap<number, number> {
    const places = new Map<number, number>();
    if (this.inDoubt.size === 0) return places;
    const held = new Set<number>();
    for (const [at, { topic, partition }] of records.entries()) {
      if (topic !== topics.workflowQueue) continue;
      const item = taken[at];
      const isNew = item?.kind === 'job' && (jobs.get(item.workflowId)?.status ?? 'early') === 'early';
      const isEndOfDoubt = isNew && this.inDoubt.delete(partition);
      if (isEndOfDoubt && (this.openJobs.get(partition) ?? 0) >= this.options.maxOpenJobs)
        held.add(partition);
      if (held.has(partition)) places.set(at, partition);
    }
    return places;
  }

  /** Stops reading the queue of these partitions; what was not taken is read again when it goes on. */
  private async leave(partitions: Iterable<number>, consumer: Consumer): Promise<void> {
    for (const partition of new Set(partitions)) {
      this.paused.add(partition);
      consumer.pause(topics.workflowQueue, partition);
    }
    await consumer.rewind();
  }

  /** Fires what is due, and holds back new workflows where too many wait already. */
  async tick(consumer: Consumer): Promise<number> {
    this.guard.check();
    for (const partition of consumer.partitions()) {
      await this.count(partition);
      this.throttle(consumer, partition);
      await this.holdEvents(consumer, partition);
    }
    if (!this.dueIsKnown) {
      this.nextDueMs = await this.options.backing.jobStore.nextDueMs(consumer.partitions());
      this.dueIsKnown = true;
    }
    const now = this.options.now();
    if (this.nextDueMs === null || this.nextDueMs > now) {
      return this.nextDueMs === null ? MAX_TICK_WAIT_MS : Math.min(MAX_TICK_WAIT_MS, this.nextDueMs - now);
    }
    const came: ('fired' | 'behind' | 'nothing')[] = [];
    for (const partition of consumer.partitions()) came.push(await this.fireDue(consumer, partition, now));
    if (came.includes('fired')) return 0;
    if (came.includes('behind')) return 10;
    const next = await this.options.backing.jobStore.nextDueMs(consumer.partitions());
    this.nextDueMs = next !== null && next <= now ? now + OTHERS_DUE_MS : next;
    return 0;
  }

  /**
   * A limit fires only after the partition's answers have been applied up to the end that was read after the
   * deadline had passed: an answer already in the log always wins.
   */
  private async fireDue(
    consumer: Consumer,
    partition: number,
    now: number,
  ): Promise<'fired' | 'behind' | 'nothing'> {
    const fence = this.fences.get(partition) ?? (await this.raiseFence(partition, now));
    if (fence.ends.some((end) => consumer.position(end.topic, partition) < end.offset)) return 'behind';
    this.fences.delete(partition);
    const jobs = await this.ownDue(partition, fence.atMs);
    if (jobs.length === 0) return fence.atMs < now ? 'behind' : 'nothing';
    this.dueIsKnown = false;
    const decided = this.decisions.decideDueJobs(jobs, this.context(fence.atMs));
    const offset = consumer.position(topics.answers, partition);
    const before = new Map(jobs.map((job) => [job.workflowId, job]));
    await this.commit(consumer, { decided, offsets: [{ topic: topics.answers, partition, offset }] }, before);
    return 'fired';
  }

  /** Jobs of other types are for the groups that serve them: decided here, they would be parked for want of a definition. */
  private async ownDue(partition: number, atMs: number): Promise<readonly Job[]> {
    const { backing, definitions } = this.options;
    for (let limit = DUE_LIMIT; ; limit *= 4) {
      const due = await backing.jobStore.due([partition], atMs, limit);
      const own = due.filter(({ workflowType }) => workflowType === '' || definitions.has(workflowType));
      if (own.length > 0 || due.length < limit) return own.slice(0, DUE_LIMIT);
    }
  }

  private async raiseFence(partition: number, atMs: number): Promise<Fence> {
    const ends: Position[] = [];
    for (const topic of this.feeding) {
      const offset = (await this.options.backing.transport.endOffsets(topic))[partition];
      if (offset !== undefined) ends.push({ topic, partition, offset });
    }
    const fence = { atMs, ends };
    this.fences.set(partition, fence);
    return fence;
  }

  private throttle(consumer: Consumer, partition: number): void {
    const open = this.openJobs.get(partition) ?? 0;
    const { maxOpenJobs } = this.options;
    if (open >= maxOpenJobs) this.paused.add(partition);
    else if (open < maxOpenJobs * RESUME_AT) this.paused.delete(partition);
    // said each time, as a partition that came back to us has forgotten it
    const isPaused = this.paused.has(partition) && !this.inDoubt.has(partition);
    if (isPaused) consumer.pause(topics.workflowQueue, partition);
    else consumer.resume(topics.workflowQueue, partition);
  }

  /**
   * Events that run far ahead of their workflows, as after an outage, wait on their topic rather than as early jobs, of
   * which there is a bound. Only while the workflows are coming: else nothing could go on.
   */
  private async holdEvents(consumer: Consumer, partition: number): Promise<void> {
    const { backing, definitions } = this.options;
    const isAhead = (this.earlyJobs.get(partition) ?? 0) >= HELD_EARLY_JOBS && !this.paused.has(partition);
    const isComing = async (): Promise<boolean> => {
      const end = (await backing.transport.endOffsets(topics.workflowQueue))[partition] ?? 0;
      return consumer.position(topics.workflowQueue, partition) < end;
    };
    const hold = isAhead && (await isComing());
    // said each time, as a partition that came back to us has forgotten it
    for (const topic of definitions.expectedTopics)
      hold ? consumer.pause(topic, partition) : consumer.resume(topic, partition);
  }

  private context(nowMs: number): BatchContext {
    const { definitions, earlyWaitMs, backing, observer } = this.options;
    return {
      definitions,
      nowMs,
      earlyWaitMs,
      maxEarlyJobs: MAX_EARLY_JOBS,
      finished: backing.atomic ? 'tombstone' : 'keep',
      isTraced: observer?.tracing === true,
      isTold: (stored) => backing.atomic || this.told.has(stored),
    };
  }

  private async commit(
    consumer: Consumer,
    unit: UnitOfWork,
    before: ReadonlyMap<string, Job>,
  ): Promise<void> {
    try {
      await this.options.backing.commit(consumer, unit);
    } catch (error) {
      // some of it may have been saved: what is open and due must be asked of the store again
      this.forget(consumer.partitions());
      throw error;
    }
    this.recount(unit.decided, before);
    if (!this.options.backing.atomic) this.told.note(unit.decided);
    const { observer } = this.options;
    for (const { spans } of unit.decided) if (spans !== undefined) observer?.spans(spans);
    observer?.published(unit.decided.flatMap(({ records }) => records));
  }

  private async count(partition: number): Promise<void> {
    if (this.openJobs.has(partition)) return;
    const { jobStore } = this.options.backing;
    this.openJobs.set(partition, await jobStore.countOpen(partition));
    this.earlyJobs.set(partition, await jobStore.countEarly(partition));
  }

  private recount(decided: readonly Decided[], before: ReadonlyMap<string, Job>): void {
    for (const { change } of decided) {
      if (change === null) continue;
      const { job, forget } = change;
      const old = before.get(job.workflowId);
      const now = forget === true ? undefined : job;
      add(this.openJobs, job.partition, countOf(now, isOpen) - countOf(old, isOpen));
      add(this.earlyJobs, job.partition, countOf(now, isEarly) - countOf(old, isEarly));
      if (job.wakeAtMs !== null && (this.nextDueMs === null || job.wakeAtMs < this.nextDueMs))
        this.nextDueMs = job.wakeAtMs;
    }
  }

  private forget(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.openJobs.delete(partition);
      this.earlyJobs.delete(partition);
      this.fences.delete(partition);
      this.paused.delete(partition);
      this.told.forget(partition);
      this.inDoubt.add(partition);
    }
    this.dueIsKnown = false;
  }
}

const countOf = (job: Job | undefined, is: (job: Job) => boolean): number =>
  job !== undefined && is(job) ? 1 : 0;

function add(counts: Map<number, number>, partition: number, delta: number): void {
  if (delta !== 0) counts.set(partition, Math.max(0, (counts.get(partition) ?? 0) + delta));
}
