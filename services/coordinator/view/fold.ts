// What each record makes of the view. Runs inside the transaction that also moves the view's offsets.

import { type IncomingRecord, topics } from '../../../core/mod.ts';
import type { Database } from '../../platform/view/index.ts';
import { JobFold } from './fold-jobs.ts';
import { LetterFold } from './fold-letters.ts';
import { RunCommandFold } from './fold-run-commands.ts';
import { RunFold } from './fold-runs.ts';

/** Folds batches of the view's topics into its tables. */
export class Fold {
  private readonly runs: RunFold;
  private readonly commands: RunCommandFold;
  private readonly jobs: JobFold;
  private readonly letters: LetterFold;

  constructor(db: Database, partitions: number) {
    this.commands = new RunCommandFold(db, partitions);
    this.runs = new RunFold(db, partitions, this.commands);
    this.jobs = new JobFold(db);
    this.letters = new LetterFold(db);
  }

  /**
   * Applies a batch; whatever can't be read is counted and skipped (invariant 8). Each kind of record keeps its order;
   * between runs and reports it makes no difference, since a run counts the jobs that are there when it comes.
   */
  apply(db: Database, records: readonly IncomingRecord[]): void {
    const skipped = new Map<string, Map<string, number>>();
    const skip = (topic: string, reason: string): void => {
      const reasons = skipped.get(topic) ?? new Map<string, number>();
      skipped.set(topic, reasons.set(reason, (reasons.get(reason) ?? 0) + 1));
    };
    const reports: IncomingRecord[] = [];
    for (const record of records) {
      if (record.topic === topics.workflowEvents) reports.push(record);
      else {
        const reason = this.applyOne(record);
        if (reason !== null) skip(record.topic, reason);
      }
    }
    this.jobs.apply(reports, (reason) => skip(topics.workflowEvents, reason));
    for (const [topic, reasons] of skipped)
      for (const [reason, count] of reasons) noteSkipped(db, topic, reason, count);
  }

  private applyOne(record: IncomingRecord): string | null {
    if (record.topic === topics.billingRuns) return this.runs.apply(record);
    return record.topic === topics.runCommands ? this.commands.apply(record) : this.letters.apply(record);
  }
}

function noteSkipped(db: Database, topic: string, reason: string, count: number): void {
  const upsert =
    'INSERT INTO skipped VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count';
  db.query(upsert).run(topic, reason, count);
}
