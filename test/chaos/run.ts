// One run: what is asked for, what is done to it meanwhile, and what came of it.
import { seededRandom } from '../story/seeded.ts';
import { until } from '../support/until.ts';
import { COPY_HEADER, Duplicator } from './faults/duplicates.ts';
import { Journal } from './journal.ts';
import { runLanes } from './lanes.ts';
import type { ChaosOptions, FaultKind } from './options.ts';
import { type ChaosReport, longestStall, recoveryOf, tooFewOf } from './report.ts';
import type { Outcome, Subject } from './subject.ts';

const MINUTE_MS = 60_000;
/** Faults go on for twice as long again and this, at most, where some kind has too few proven injections. */
const GRACE_MS = 60_000;
/** New faults begin for so long after something has ended, and else once in so long and so long. */
const FAULTS_MS = 5_000;
const MERCY_MS = 15_000;
const TICK_MS = 1_000;
const TELL_MS = 5_000;
/** So long without progress, once there are no more faults: then the checker may say what is missing. */
const GIVE_UP_MS = 120_000;
const SAME_MS = 8_000;
const REST_WITHIN_MS = 120_000;

/** Runs chaos over a subject, and closes it. `tell` gets a line at a time, for people. */
export async function runChaos(
  options: ChaosOptions,
  subject: Subject,
  tell: (line: string) => void,
): Promise<ChaosReport> {
  return await new Run(options, subject, tell).go();
}

class Run {
  readonly #options: ChaosOptions;
  readonly #subject: Subject;
  readonly #tell: (line: string) => void;
  readonly #journal: Journal;
  readonly #duplicator: Duplicator;
  /** Copies that were read back, by topic. */
  readonly #copies: Map<string, number> = new Map();
  #toldAtMs = 0;
  #ended: { readonly count: number; readonly atMs: number } = { count: 0, atMs: Date.now() };

  constructor(options: ChaosOptions, subject: Subject, tell: (line: string) => void) {
    this.#options = options;
    this.#subject = subject;
    this.#tell = tell;
    this.#journal = new Journal(tell);
    this.#duplicator = new Duplicator(subject.brokers, seededRandom(options.seed));
  }

  async go(): Promise<ChaosReport> {
    const startedAtMs = Date.now();
    const { brokers, copiedTopics } = this.#subject;
    await this.#subject.start();
    this.#tell(`everything is up after ${Date.now() - startedAtMs} ms`);
    const isCopied = this.#options.faults.includes('duplicates');
    const tail = await brokers.follow(copiedTopics, (record) => {
      if (COPY_HEADER in record.headers)
        this.#copies.set(record.topic, (this.#copies.get(record.topic) ?? 0) + 1);
      this.#subject.onRecord(record);
      if (isCopied) this.#duplicator.take(record);
    });
    this.#duplicator.start();
    const beganAtMs = Date.now();
    await this.#faultsAndWork(beganAtMs);
    await this.#duplicator.stop();
    const lastFaultAtMs = Date.now();
    this.#tell('no more faults');
    await this.#untilEnded();
    await this.#untilAtRest();
    if (isCopied) this.#noteCopies(beganAtMs);
    await tail.disconnect();
    const outcome = await this.#subject.check();
    return this.#report({ startedAtMs, lastFaultAtMs }, outcome);
  }

  /** Both at once: work comes over the stated minutes, and faults go on until both are done. */
  async #faultsAndWork(beganAtMs: number): Promise<void> {
    const { minutes, seed } = this.#options;
    const lastAtMs = beganAtMs + minutes * MINUTE_MS;
    const latestAtMs = lastAtMs + 2 * minutes * MINUTE_MS + GRACE_MS;
    let isPosted = false;
    let isOver = false;
    const working = this.#subject.work(minutes * MINUTE_MS).then(() => {
      isPosted = true;
    });
    const lanes = runLanes(this.#subject.faults(), {
      seed,
      journal: this.#journal,
      isOver: () => isOver,
      mayBegin: () => this.#mayBegin(),
    });
    const isEnough = (): boolean => Date.now() >= lastAtMs && isPosted && this.#tooFew().length === 0;
    while (!isEnough() && Date.now() < latestAtMs) {
      await Bun.sleep(TICK_MS);
      this.#subject.fleet.restartDead();
      this.#tellProgress();
    }
    isOver = true;
    await lanes;
    while (!isPosted) {
      // who waits for an answer gets one, now that nothing is in the way
      await Promise.race([working, Bun.sleep(TICK_MS)]);
      this.#subject.fleet.restartDead();
      this.#tellProgress();
    }
    await working;
  }

  /**
   * On a slow machine faults could keep all work from being done, and then strike nothing: where nothing has ended for
   * a while, no new ones begin for some time. Not for ever, or what is stuck for good would end them.
   */
  #mayBegin(): boolean {
    const ended = this.#subject.ended();
    if (ended !== this.#ended.count) this.#ended = { count: ended, atMs: Date.now() };
    return (Date.now() - this.#ended.atMs) % (FAULTS_MS + MERCY_MS) < FAULTS_MS;
  }

  /** Of what lanes do: copies are counted when they have been read back. */
  #tooFew(): readonly string[] {
    return tooFewOf(this.#journal, this.#kinds('lanes'), this.#options);
  }

  #kinds(which: 'lanes' | 'all'): readonly FaultKind[] {
    return this.#options.faults.filter(
      (kind) => !this.#subject.off.has(kind) && (which === 'all' || kind !== 'duplicates'),
    );
  }

  #tellProgress(): void {
    if (Date.now() - this.#toldAtMs < TELL_MS) return;
    this.#toldAtMs = Date.now();
    this.#tell(this.#subject.progress());
  }

  async #untilEnded(): Promise<void> {
    let changedAtMs = Date.now();
    let before = '';
    while (!this.#subject.hasEnded()) {
      const now = this.#subject.progress();
      if (now !== before) changedAtMs = Date.now();
      before = now;
      if (Date.now() - changedAtMs > GIVE_UP_MS) {
        this.#tell(`nothing has happened for ${GIVE_UP_MS / 1_000} s: ${now}`);
        return;
      }
      this.#tellProgress();
      this.#subject.fleet.restartDead();
      await Bun.sleep(TICK_MS);
    }
  }

  /** Also the last copies have been read by all, so that what they might do is done. */
  async #untilAtRest(): Promise<void> {
    let unread: readonly string[] = [];
    let sameSinceMs = Date.now();
    const isAtRest = async (): Promise<boolean> => {
      const now = await this.#subject.unread().catch(() => null); // a broker may only just be back
      if (now === null) return false;
      if (now.length === 0) return true;
      // markers of transactions are read by nobody: what stays unread is no record
      if (!Bun.deepEquals(now, unread)) sameSinceMs = Date.now();
      unread = now;
      await Bun.sleep(TICK_MS);
      return Date.now() - sameSinceMs > SAME_MS;
    };
    await until('everything to be read', isAtRest, REST_WITHIN_MS).catch(() => {
      this.#tell(`not at rest: ${unread.join(', ')}`);
    });
  }

  #noteCopies(beganAtMs: number): void {
    for (const topic of this.#subject.copiedTopics) {
      const times = this.#copies.get(topic) ?? 0;
      if (times === 0) continue; // nothing that could have been copied went there
      this.#journal.record('duplicates', beganAtMs, {
        what: `${times} copies on ${topic}`,
        proof: 'they were read back',
        times,
      });
    }
  }

  #report(
    { startedAtMs, lastFaultAtMs }: { startedAtMs: number; lastFaultAtMs: number },
    { counts, complaints, endsAtMs }: Outcome,
  ): ChaosReport {
    const tooFew = tooFewOf(this.#journal, this.#kinds('all'), this.#options);
    const spanMs = Math.max(...endsAtMs, 0) - Math.min(...endsAtMs, Number.MAX_SAFE_INTEGER);
    return {
      format: 1,
      verdict: complaints.length > 0 ? 'fail' : tooFew.length > 0 ? 'invalid' : 'pass',
      options: this.#options,
      startedAt: new Date(startedAtMs).toISOString(),
      tookMs: Date.now() - startedAtMs,
      counts: {
        ...counts,
        ...Object.fromEntries([...this.#copies].map(([topic, count]) => [`copies on ${topic}`, count])),
      },
      perSecond: spanMs > 0 ? (1_000 * endsAtMs.length) / spanMs : 0,
      injections: this.#journal.injections,
      tallies: Object.fromEntries(this.#kinds('all').map((kind) => [kind, this.#journal.tallyOf(kind)])),
      off: Object.fromEntries(this.#subject.off),
      tooFew,
      recovery: recoveryOf(endsAtMs, lastFaultAtMs),
      longestStallMs: longestStall(endsAtMs),
      deaths: this.#subject.fleet.deaths,
      complaints,
    };
  }
}
