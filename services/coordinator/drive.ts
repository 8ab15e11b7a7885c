// A run whose publishing, or ending, this coordinator drives, and the workflows that it waits for.
import type { RunControl } from '../../core/mod.ts';
import type { RecordSpans } from '../platform/host/record-spans.ts';
import type { DrivenRun } from './view/drive-queries.ts';
import type { WorkflowRecords } from './workflow-records.ts';

/** After so many passes that ended nothing, a cancelled run rests until something else wakes it. */
const FRUITLESS_MAX = 3;

/** How far the work on a run is. All of it can be forgotten: it is begun again from what the view has. */
export class Drive {
  readonly runId: string;
  readonly partition: number;
  readonly offset: number;
  readonly control: RunControl;
  readonly records: WorkflowRecords;
  readonly spans: RecordSpans;
  /** Whether nothing of the run has been reported yet: then its publishing is told as a span. */
  readonly isFirst: boolean;
  /** Everything up to this place of the run's list is dealt with. */
  last = 0;
  /** Up to which place a release was asked for. */
  asked = 0;
  /** Workflows that something was sent for and that no report has come of since. */
  inFlight = 0;
  /** It waits until the window has so much room. */
  needs = 0;
  #leftBefore = -1;
  #fruitless = 0;

  constructor(run: DrivenRun, records: WorkflowRecords, spans: RecordSpans) {
    this.runId = run.runId;
    this.partition = run.partition;
    this.offset = run.offset;
    this.control = run.control;
    this.records = records;
    this.spans = spans;
    this.isFirst = run.reported === 0 && run.control === 'running';
  }

  /** Begins anew. A release that was asked for may have come after a pause, and then counts for nothing. */
  restart(): void {
    this.last = 0;
    this.asked = 0;
  }

  /** Begins another pass over the run, of which so many workflows have not ended; false where it would be in vain. */
  passAgain(left: number): boolean {
    this.#fruitless = left === this.#leftBefore ? this.#fruitless + 1 : 0;
    this.#leftBefore = left;
    if (this.#fruitless >= FRUITLESS_MAX) return false;
    this.last = 0;
    return true;
  }

  /** Something may have changed. */
  rested(): void {
    this.#fruitless = 0;
  }
}

/** The drives by run-id, each in its turn, and what they wait for. */
export class Drives {
  readonly #drives: Map<string, Drive> = new Map();
  readonly #awaited: Map<string, Drive> = new Map();

  get size(): number {
    return this.#drives.size;
  }

  find(runId: string): Drive | undefined {
    return this.#drives.get(runId);
  }

  /** In the order of their turns; those that are passed to `turned` come last the next time. */
  inTurn(): readonly Drive[] {
    return [...this.#drives.values()];
  }

  turned(drive: Drive): void {
    this.#drives.delete(drive.runId);
    this.#drives.set(drive.runId, drive);
  }

  add(drive: Drive): void {
    this.#drives.set(drive.runId, drive);
  }

  remove(drive: Drive): void {
    this.#drives.delete(drive.runId);
    if (drive.inFlight === 0) return;
    for (const [workflowId, each] of this.#awaited) if (each === drive) this.#awaited.delete(workflowId);
    drive.inFlight = 0;
  }

  clear(): void {
    this.#drives.clear();
    this.#awaited.clear();
  }

  /** False where the drive waits for it already. */
  expect(workflowId: string, drive: Drive): boolean {
    if (this.#awaited.get(workflowId) === drive) return false;
    this.#awaited.set(workflowId, drive);
    drive.inFlight++;
    return true;
  }

  /** A report came, or the record was refused; the drive that waited for it, if one did. */
  settled(workflowId: string): Drive | undefined {
    const drive = this.#awaited.get(workflowId);
    if (drive === undefined) return undefined;
    this.#awaited.delete(workflowId);
    drive.inFlight--;
    return drive;
  }
}
