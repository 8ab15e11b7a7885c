import type { Json } from '../messages/json.ts';
import { MemoryLog } from '../messages/memory-log.ts';
import { partitionFor } from '../messages/partitioner.ts';
import type { OutgoingRecord } from '../messages/record.ts';
import type { JobReport } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import type { Job } from '../workflow/job.ts';
import { MemoryJobStore } from '../workflow/memory-store.ts';
import type { JobChange } from '../workflow/store.ts';
import { shownTime, Words } from './story-words.ts';

/** A memory store whose jobs can be looked at without waiting, and searched without being read from text each time. */
class WatchedStore extends MemoryJobStore {
  readonly jobs: Map<string, Job> = new Map();

  override async save(
    changes: readonly JobChange[],
    options: { readonly allOrNone?: boolean } = {},
  ): Promise<readonly string[]> {
    const conflicts = await super.save(changes, options);
    if (options.allOrNone === true && conflicts.length > 0) return conflicts;
    for (const { job, forget } of changes) {
      if (conflicts.includes(job.workflowId)) continue;
      if (forget === true) this.jobs.delete(job.workflowId);
      else this.jobs.set(job.workflowId, job);
    }
    return conflicts;
  }

  override async due(partitions: readonly number[], nowMs: number, limit: number): Promise<readonly Job[]> {
    const found: { readonly job: Job; readonly wakeAtMs: number }[] = [];
    for (const job of this.jobs.values()) {
      const { wakeAtMs, partition } = job;
      if (wakeAtMs !== null && wakeAtMs <= nowMs && partitions.includes(partition))
        found.push({ job, wakeAtMs });
    }
    const first = found.sort((one, other) => one.wakeAtMs - other.wakeAtMs).slice(0, limit);
    const ids = first.map(({ job }) => job.workflowId);
    return [...(await this.load(ids)).values()];
  }

  override async nextDueMs(partitions: readonly number[]): Promise<number | null> {
    return this.nextAfter(Number.NEGATIVE_INFINITY, partitions);
  }

  /** The first time after this one at which a job is due; null where none is. */
  nextAfter(ms: number, partitions?: readonly number[]): number | null {
    let next: number | null = null;
    for (const { wakeAtMs, partition } of this.jobs.values()) {
      if (wakeAtMs === null || wakeAtMs <= ms || (next !== null && wakeAtMs >= next)) continue;
      if (partitions?.includes(partition) ?? true) next = wakeAtMs;
    }
    return next;
  }
}

/** What outlives every crash in a testbed: the log, the jobs, the virtual clock, and the story of what happened. */
export class World {
  nowMs: number;
  readonly partitions: number;
  readonly log: MemoryLog;
  readonly store: WatchedStore = new WatchedStore();
  /** Counts everything that was published or committed: where it stands still, nothing happens. */
  activity = 0;
  readonly #lines: string[] = [];
  readonly #words: Words = new Words();
  readonly #topics: Set<string> = new Set();
  readonly #published: OutgoingRecord[] = [];
  readonly #results: Map<string, Json> = new Map();
  #toldMs: number | null = null;

  constructor(partitions: number, nowMs: number) {
    this.partitions = partitions;
    this.nowMs = nowMs;
    this.log = new MemoryLog({ now: () => this.nowMs });
  }

  get story(): readonly string[] {
    return this.#lines;
  }

  /** Everything that was published, in order. */
  get published(): readonly OutgoingRecord[] {
    return this.#published;
  }

  /** Adds a line, with the time where that is another than the line before had. */
  tell(line: string): void {
    const time = shownTime(this.nowMs);
    this.#lines.push(`${this.nowMs === this.#toldMs ? ' '.repeat(time.length) : time}  ${line}`);
    this.#toldMs = this.nowMs;
  }

  /** Makes the topics that are missing: in a testbed nobody has to prepare them. */
  async prepare(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !this.#topics.has(name));
    for (const name of missing) this.#topics.add(name);
    if (missing.length > 0)
      await this.log.createTopics(missing.map((name) => ({ name, partitions: this.partitions })));
  }

  /** A record in the home partition of its key. */
  record(topic: string, key: string, value: unknown): OutgoingRecord {
    return { topic, partition: partitionFor(key, this.partitions), key, value: JSON.stringify(value) };
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    await this.prepare(records.map(({ topic }) => topic));
    await this.log.publish(records);
    this.saw(records);
  }

  /** Is told what was published. */
  saw(records: readonly OutgoingRecord[]): void {
    this.activity += 1;
    this.#published.push(...records);
    for (const record of records) {
      if (record.topic === topics.workflowEvents) this.#noteResult(record);
      for (const line of this.#words.of(record)) this.tell(line);
    }
  }

  /** What a job completed with; undefined where it did not. */
  resultOf(workflowId: string): Json | undefined {
    return this.#results.get(workflowId);
  }

  #noteResult({ key, value }: OutgoingRecord): void {
    const { events } = JSON.parse(String(value)) as JobReport;
    for (const event of events)
      if (event.event === 'completed') this.#results.set(String(key), event.result as Json);
  }

  /** The values that were published to a topic, in order, with repeats. */
  valuesOn<T>(topic: string): readonly { readonly key: string; readonly value: T }[] {
    return this.#published
      .filter((record) => record.topic === topic)
      .map(({ key, value }) => ({ key: String(key), value: JSON.parse(String(value)) as T }));
  }
}

/** The topics that everything in a testbed shares. */
export const COMMON_TOPICS: readonly string[] = [
  topics.workflowQueue,
  topics.workflowCommands,
  topics.questions,
  topics.answers,
  topics.workflowEvents,
  topics.deadLetters,
];
