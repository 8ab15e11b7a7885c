// Publishes the workflows of runs, and ends those of cancelled ones, for the partitions that the group gave us. What is
// wanted follows from the log (runs and the commands to them), what is there from the view: the difference is sent, as far as
// `window` allows. So it can be begun anew at any time, after a crash, a failure or on another instance: it goes on with the
// first workflow that no engine has reported, and what is sent again is harmless (invariant 1).
import {
  type IncomingRecord,
  type OutgoingRecord,
  paceOf,
  runCommandRecord,
  type Transport,
  TransportError,
  topics,
} from '../../core/mod.ts';
import { RecordSpans } from '../platform/host/record-spans.ts';
import type { Logger } from '../platform/log.ts';
import { pause } from '../platform/pause.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import { Drive, Drives } from './drive.ts';
import type { DrivenRun } from './view/drive-queries.ts';
import type { CoordinatorView } from './view/index.ts';
import { WorkflowRecords } from './workflow-records.ts';

/** About so many records are published at once. */
const SLICE = 2_000;
/** So many runs are driven at once; the others wait in the view. */
const MAX_DRIVES = 1_000;
const PICKED_AT_ONCE = 200;
const VIEW_TIMEOUT_MS = 5_000;
/** So long it sleeps at most where nothing wakes it; then it looks for cancelled runs that something is left of. */
const IDLE_MS = 30_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;

export interface RunDriverOptions {
  readonly transport: Transport;
  readonly view: CoordinatorView;
  readonly partitions: number;
  /** The group that shares the runs, by whose name their spans are told. */
  readonly group: string;
  /** At most so many workflows of a run are published that no engine has reported. */
  readonly window: number;
  readonly onPublished: (workflows: number) => void;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
}

/** What a round sends, and how much of it is what. */
interface Round {
  readonly records: OutgoingRecord[];
  started: number;
  /** Whether there is more to do at once. */
  moved: boolean;
  readonly finished: Drive[];
}

export class RunDriver {
  readonly #options: RunDriverOptions;
  readonly #drives: Drives = new Drives();
  /** Partitions that were gained, and whose runs are looked for once the view has caught up. */
  readonly #gained: Set<number> = new Set();
  /** Up to which offset the runs of each partition have been looked for. */
  readonly #looked: Map<number, number> = new Map();
  /** Partitions that may have runs behind that. */
  readonly #toLook: Set<number> = new Set();
  /** Runs that a command has come for. */
  readonly #commanded: Set<string> = new Set();
  readonly #forgetView: () => void;
  readonly #slice: number;
  #stopping = false;
  #woken = false;
  #sleeping: AbortController = new AbortController();
  readonly #stopped: AbortController = new AbortController();
  #problem: string | null = null;
  readonly #ended: Promise<void>;

  constructor(options: RunDriverOptions) {
    this.#options = options;
    this.#slice = Math.max(1, Math.min(SLICE, Math.floor(options.window / 2)));
    this.#forgetView = options.view.onApplied((records) => this.#applied(records));
    this.#ended = this.#run();
  }

  /** Another member may have begun what this one now owns: only a view that is up to date knows what is left. */
  gained(partitions: readonly number[]): void {
    for (const partition of partitions) this.#gained.add(partition);
    this.#wake();
  }

  lost(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#gained.delete(partition);
      this.#looked.delete(partition);
      this.#toLook.delete(partition);
    }
    for (const drive of this.#drives.inTurn())
      if (partitions.includes(drive.partition)) this.#drives.remove(drive);
  }

  /** 'running', or what it waits for. */
  readiness(): string {
    return this.#problem ?? 'running';
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stopped.abort();
    this.#forgetView();
    this.#wake();
    await this.#ended;
  }

  async #run(): Promise<void> {
    let backoffMs = 0;
    while (!this.#stopping) {
      try {
        this.#woken = false;
        const moved = await this.#round();
        this.#recovered();
        backoffMs = 0;
        if (moved)
          await Bun.sleep(0); // others get their turn
        else if (!this.#woken && !(await this.#slept(IDLE_MS))) this.#lookForCancelled();
      } catch (error) {
        // nothing of the failed round counts as sent: everything is begun again from the view
        this.#beginAgain(error);
        backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, backoffMs * 2));
        await pause(backoffMs, this.#stopped.signal);
      }
    }
  }

  /** Whether something woke it before the time was over. */
  async #slept(ms: number): Promise<boolean> {
    const { signal } = this.#sleeping;
    await pause(ms, signal);
    return signal.aborted;
  }

  #wake(): void {
    this.#woken = true;
    this.#sleeping.abort();
    this.#sleeping = new AbortController();
  }

  #recovered(): void {
    if (this.#problem !== null) this.#options.logger.info({}, 'runs are published again');
    this.#problem = null;
  }

  #beginAgain(error: unknown): void {
    if (this.#stopping) return;
    const reason = error instanceof Error ? error.message : String(error);
    const said = error instanceof TransportError ? { reason } : { err: error };
    if (this.#problem === null)
      this.#options.logger.warn(said, 'runs can not be published now; trying again');
    this.#problem = reason;
    this.#drives.clear();
    for (const partition of this.#looked.keys()) this.#gained.add(partition);
  }

  /** What the view took in: new runs, commands, and reports of what is waited for. */
  #applied(records: readonly IncomingRecord[]): void {
    let wake = false;
    for (const { topic, key, value, partition } of records) {
      if (typeof key !== 'string') continue;
      if (topic === topics.workflowEvents || topic === topics.deadLetters) {
        const drive = this.#drives.settled(key);
        if (drive !== undefined) wake ||= this.#hasRoom(drive);
      } else if (topic === topics.billingRuns && this.#looked.has(partition) && !key.includes('/')) {
        this.#toLook.add(partition);
        wake = true;
      } else if (topic === topics.runCommands && this.#looked.has(partition)) {
        if (!isRelease(value)) this.#commanded.add(key);
        wake = true;
      }
    }
    if (wake) this.#wake();
  }

  #hasRoom({ inFlight, needs }: Drive): boolean {
    return inFlight === 0 || this.#options.window - inFlight >= needs;
  }

  async #round(): Promise<boolean> {
    await this.#takeUp();
    const round: Round = { records: [], started: 0, moved: false, finished: [] };
    for (const drive of this.#drives.inTurn()) {
      if (this.#stopping || round.records.length >= SLICE) break;
      this.#step(drive, round);
    }
    if (round.records.length > 0) {
      await this.#options.transport.publish(round.records);
      this.#options.onPublished(round.started);
    }
    for (const drive of round.finished) if (drive.isFirst) drive.spans.tell();
    return round.moved || this.#toLook.size > 0;
  }

  /** Takes up the runs that there is something to do for. */
  async #takeUp(): Promise<void> {
    const { view } = this.#options;
    if (this.#gained.size > 0) {
      const gained = [...this.#gained];
      if (!(await view.caughtUp(VIEW_TIMEOUT_MS)))
        throw new TransportError('unavailable', 'the view has not caught up with the log');
      for (const partition of gained) {
        if (!this.#gained.delete(partition)) continue; // lost meanwhile
        this.#looked.set(partition, -1);
        this.#toLook.add(partition);
      }
    }
    for (const runId of this.#commanded) this.#takeUpCommanded(runId);
    this.#commanded.clear();
    for (const partition of this.#toLook) {
      if (this.#drives.size >= MAX_DRIVES) break;
      const runs = view.driving.after(partition, this.#looked.get(partition) ?? -1, PICKED_AT_ONCE);
      for (const run of runs) this.#add(run);
      const last = runs.at(-1);
      if (last !== undefined) this.#looked.set(partition, last.offset);
      if (runs.length < PICKED_AT_ONCE) this.#toLook.delete(partition);
    }
  }

  /** A run that a command has come for is gone through anew. */
  #takeUpCommanded(runId: string): void {
    const run = this.#options.view.driving.find(runId);
    const drive = this.#drives.find(runId);
    if (drive !== undefined && (run === null || run.control !== drive.control)) this.#drives.remove(drive);
    if (run === null || !this.#looked.has(run.partition)) return;
    const known = this.#drives.find(runId);
    if (known === undefined) this.#add(run);
    else known.restart();
  }

  #add(run: DrivenRun): void {
    if (this.#drives.find(run.runId) !== undefined) return;
    const { view, partitions, telemetry, group } = this.#options;
    const row = view.runs.find(run.runId);
    if (row === null) return;
    const spans = new RecordSpans(telemetry, group);
    const { partition, offset, traceparent } = run;
    const headers = traceparent === null ? {} : { traceparent };
    const place = { topic: topics.billingRuns, partition, offset, timestampMs: 0, key: run.runId };
    const span = spans.begin({ ...place, value: null, headers }, 'publish run');
    span.set({ 'requite.run_id': run.runId, 'requite.workflows': run.count });
    this.#drives.add(new Drive(run, new WorkflowRecords(row, partitions, span.traceparent), spans));
  }

  /** One run's turn. */
  #step(drive: Drive, round: Round): void {
    const run = this.#options.view.driving.standing(drive.runId);
    if (run === null || run.control !== drive.control) {
      // the view was made anew, or a command has come that is about to be taken up
      this.#drives.remove(drive);
      if (run === null) this.#gained.add(drive.partition);
      else this.#commanded.add(run.runId);
      round.moved = true;
    } else if (run.control === 'running') this.#publish(drive, run, round);
    else this.#cancel(drive, run, round);
  }

  #publish(drive: Drive, run: DrivenRun, round: Round): void {
    const { view, window } = this.#options;
    const { count, released } = run;
    const { room, release } = paceOf(
      { count, released, published: drive.last, inFlight: drive.inFlight },
      window,
    );
    drive.needs = Math.min(this.#slice, released - drive.last);
    if (room > 0) {
      const page = view.driving.unreported(run.number, drive.last, released, room);
      const isLast = page.last >= count;
      for (const workflow of page.workflows) {
        if (!(isLast || this.#drives.expect(workflow.workflowId, drive))) continue;
        round.records.push(drive.records.start(workflow));
        round.started++;
      }
      drive.last = page.last;
      round.moved = true;
      this.#drives.turned(drive);
    }
    if (release !== null && release > drive.asked) {
      drive.asked = release;
      const id = `${drive.runId.slice(0, 40)}-${release}`;
      const command = { 'run-id': run.runId, id, time: new Date().toISOString(), by: this.#options.group };
      round.records.push(
        runCommandRecord({ ...command, command: 'release', 'up-to': release }, run.partition),
      );
    }
    if (drive.last < count) return;
    this.#drives.remove(drive);
    round.finished.push(drive);
  }

  #cancel(drive: Drive, run: DrivenRun, round: Round): void {
    const { view, window } = this.#options;
    const { count, released, reported, open } = run;
    const left = open + Math.max(0, released - reported);
    if (left === 0) this.#drives.remove(drive);
    if (left === 0) return;
    if (drive.last >= count && (drive.inFlight > 0 || !drive.passAgain(left))) return;
    drive.needs = Math.min(this.#slice, left);
    if (!this.#hasRoom(drive)) return;
    const page = view.driving.unended(run.number, drive.last, released, count, window - drive.inFlight);
    for (const workflow of page.workflows) {
      this.#drives.expect(workflow.workflowId, drive);
      const { records } = drive;
      round.records.push(
        workflow.status === null ? records.cancelUnbegun(workflow) : records.cancel(workflow),
      );
    }
    drive.last = page.last;
    round.moved = true;
    this.#drives.turned(drive);
  }

  /** A late report may have opened a job of a cancelled run whose drive is over. */
  #lookForCancelled(): void {
    for (const [partition] of this.#looked) {
      for (const run of this.#options.view.driving.after(partition, -1, PICKED_AT_ONCE))
        if (run.control === 'cancelled') this.#add(run);
    }
    for (const drive of this.#drives.inTurn()) drive.rested();
  }
}

/** Releases are written by drivers, and only let a run go on. */
function isRelease(value: IncomingRecord['value']): boolean {
  return typeof value === 'string' && value.includes('"command":"release"');
}
