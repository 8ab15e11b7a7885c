import type { Job } from '../../../../core/mod.ts';
import { type CacheEntry, isJob, type JobCache, type JobEntry, type LookupFacts } from './cache.ts';

/** About so many characters, or bytes, of jobs wait at most: beyond them what came first is written at once. */
const MAX_CHARACTERS = 96 * 1024 * 1024;
/** Writing begins when nothing has been restored for so long: what waited for the take-over goes first. */
const FIRST_PAUSE_MS = 500;
/** Between two parts, for the work that goes on meanwhile. */
const PAUSE_MS = 25;

/** What came with one call. */
interface Part {
  readonly entries: readonly CacheEntry[];
  readonly next: number;
  readonly characters: number;
}

/** What the copy behind lacks of a partition. */
interface Backlog {
  /** In their order. */
  readonly parts: Part[];
  /** The last entry of each job among them. */
  readonly latest: Map<string, CacheEntry>;
  next: number;
  /** Whether the copy behind has nothing of the partition yet: what waits here is all there is. */
  isAlone: boolean;
}

/**
 * Lets a take-over go on before the copy behind is written: what is restored of a partition that it has nothing of waits
 * in memory, and goes there part by part in its order, each with its position. A crash loses the parts that were not
 * written: the topic has them. Where the copy behind refuses one, the next `apply` tries it again, and tells.
 */
export class WriteBehindJobCache implements JobCache {
  readonly #behind: JobCache;
  readonly #maxCharacters: number;
  /** By partition. */
  readonly #backlogs: Map<number, Backlog> = new Map();
  #characters = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isRestoring = false;
  #hasFailed = false;

  constructor(behind: JobCache, maxCharacters: number = MAX_CHARACTERS) {
    this.#behind = behind;
    this.#maxCharacters = maxCharacters;
  }

  position(partition: number): number | null {
    return this.#backlogs.get(partition)?.next ?? this.#behind.position(partition);
  }

  apply(partition: number, entries: readonly CacheEntry[], next: number): void {
    if (this.#hasFailed) this.#retry();
    this.#makeRoom();
    const backlog = this.#backlogs.get(partition);
    if (backlog === undefined) this.#behind.apply(partition, entries, next);
    else this.#add(backlog, entries, next);
  }

  restore(partition: number, entries: readonly CacheEntry[], next: number): void {
    this.#isRestoring = true;
    this.#makeRoom();
    const backlog = this.#backlogs.get(partition) ?? this.#begun(partition);
    if (backlog === null) this.#behind.restore(partition, entries, next);
    else this.#add(backlog, entries, next);
    this.#writeLater(FIRST_PAUSE_MS);
  }

  clear(partition: number): void {
    const { parts } = this.#backlogs.get(partition) ?? { parts: [] };
    for (const { characters } of parts) this.#characters -= characters;
    this.#backlogs.delete(partition);
    this.#behind.clear(partition);
  }

  load(workflowIds: readonly string[]): ReadonlyMap<string, Job> {
    const jobs = new Map<string, Job>();
    const elsewhere: string[] = [];
    for (const id of workflowIds) {
      const waiting = this.#find(id);
      if (waiting === null) elsewhere.push(id);
      else if (isJob(waiting.entry)) jobs.set(id, waiting.entry.job);
    }
    if (elsewhere.length > 0) for (const [id, job] of this.#behind.load(elsewhere)) jobs.set(id, job);
    return jobs;
  }

  revision(workflowId: string): { readonly revision: number; readonly partition: number } | null {
    const waiting = this.#find(workflowId);
    if (waiting === null) return this.#behind.revision(workflowId);
    const { entry, partition } = waiting;
    return isJob(entry) ? { revision: entry.revision, partition } : null;
  }

  due(partitions: readonly number[], nowMs: number, limit: number): readonly Job[] {
    const { here, behind } = this.#divided(partitions);
    const isDue = ({ facts }: JobEntry): boolean => facts.wakeAtMs !== null && facts.wakeAtMs <= nowMs;
    const dueHere = here.flatMap(jobsOf).filter(isDue);
    dueHere.sort((one, other) => byWakeTime(one.facts, other.facts));
    const first = dueHere.slice(0, limit).map(({ job }) => job);
    return [...first, ...this.#behind.due(behind, nowMs, limit)].sort(byWakeTime).slice(0, limit);
  }

  nextDueMs(partitions: readonly number[]): number | null {
    const { here, behind } = this.#divided(partitions);
    let next = this.#behind.nextDueMs(behind);
    for (const { facts } of here.flatMap(jobsOf)) {
      const { wakeAtMs } = facts;
      if (wakeAtMs !== null && (next === null || wakeAtMs < next)) next = wakeAtMs;
    }
    return next;
  }

  countOpen(partition: number): number {
    return this.#count(partition, ({ isOpen }) => isOpen) ?? this.#behind.countOpen(partition);
  }

  countEarly(partition: number): number {
    return this.#count(partition, ({ status }) => status === 'early') ?? this.#behind.countEarly(partition);
  }

  close(): void {
    this.#stopWriting();
    try {
      for (const partition of [...this.#backlogs.keys()]) this.#writeAll(partition);
    } catch {
      // a full disk, say: what the copy then lacks is read from the topic again
    }
    this.#behind.close();
  }

  destroy(): void {
    this.#stopWriting();
    this.#behind.destroy();
  }

  /** Null where the copy behind has something of the partition already: the rest belongs there. */
  #begun(partition: number): Backlog | null {
    if (this.#behind.position(partition) !== null) return null;
    const backlog: Backlog = { parts: [], latest: new Map(), next: 0, isAlone: true };
    this.#backlogs.set(partition, backlog);
    return backlog;
  }

  #add(backlog: Backlog, entries: readonly CacheEntry[], next: number): void {
    let characters = 0;
    for (const entry of entries) {
      characters += entry.workflowId.length + (entry.body?.length ?? 0);
      backlog.latest.set(entry.workflowId, entry);
    }
    backlog.parts.push({ entries, next, characters });
    backlog.next = next;
    this.#characters += characters;
  }

  #find(workflowId: string): { readonly entry: CacheEntry; readonly partition: number } | null {
    for (const [partition, { latest }] of this.#backlogs) {
      const entry = latest.get(workflowId);
      if (entry !== undefined) return { entry, partition };
    }
    return null;
  }

  /** Backlogs that are all there is of their partition, and the partitions that are whole in the copy behind. */
  #divided(partitions: readonly number[]): { here: readonly Backlog[]; behind: readonly number[] } {
    const alone = new Map(partitions.map((each) => [each, this.#alone(each)]));
    return {
      here: [...alone.values()].filter((each) => each !== null),
      behind: partitions.filter((each) => alone.get(each) === null),
    };
  }

  /** Null where the copy behind has all of it, which may have to be written first. */
  #alone(partition: number): Backlog | null {
    const backlog = this.#backlogs.get(partition);
    if (backlog?.isAlone === true) return backlog;
    this.#writeAll(partition);
    return null;
  }

  #count(partition: number, is: (facts: LookupFacts) => boolean): number | null {
    const backlog = this.#alone(partition);
    return backlog === null ? null : jobsOf(backlog).filter(({ facts }) => is(facts)).length;
  }

  #writeLater(afterMs: number): void {
    if (this.#timer !== null || this.#backlogs.size === 0) return;
    this.#timer = setTimeout(() => this.#writeNow(), afterMs);
  }

  #writeNow(): void {
    this.#timer = null;
    const isTooSoon = this.#isRestoring;
    this.#isRestoring = false;
    try {
      if (!isTooSoon) this.#writeOne();
      this.#writeLater(isTooSoon ? FIRST_PAUSE_MS : PAUSE_MS);
    } catch {
      // told by the next change, which tries again
      this.#hasFailed = true;
    }
  }

  #retry(): void {
    this.#writeOne();
    this.#hasFailed = false;
    this.#writeLater(PAUSE_MS);
  }

  #makeRoom(): void {
    while (this.#characters > this.#maxCharacters) this.#writeOne();
  }

  #stopWriting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #writeAll(partition: number): void {
    for (;;) {
      const backlog = this.#backlogs.get(partition);
      if (backlog === undefined) return;
      this.#writePart(partition, backlog);
    }
  }

  #writeOne(): void {
    const [first] = this.#backlogs;
    if (first !== undefined) this.#writePart(...first);
  }

  /** The first part, but for what has changed again: that comes with its own. */
  #writePart(partition: number, backlog: Backlog): void {
    const { parts, latest } = backlog;
    const [part] = parts;
    if (part !== undefined) {
      const entries = part.entries.filter((entry) => latest.get(entry.workflowId) === entry);
      this.#behind.apply(partition, entries, part.next);
      parts.shift();
      for (const { workflowId } of entries) latest.delete(workflowId);
      this.#characters -= part.characters;
      backlog.isAlone = false;
    }
    if (parts.length === 0) this.#backlogs.delete(partition);
  }
}

const jobsOf = ({ latest }: Backlog): readonly JobEntry[] => [...latest.values()].filter(isJob);

type Timed = Pick<LookupFacts, 'wakeAtMs'>;
const byWakeTime = (one: Timed, other: Timed): number => (one.wakeAtMs ?? 0) - (other.wakeAtMs ?? 0);
