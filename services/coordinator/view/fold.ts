// What each record makes of the view. Runs inside the transaction that also moves the view's offsets.

import { type IncomingRecord, topics } from '../../../core/mod.ts';
import type { Database } from '../../platform/view/index.ts';
import { JobFold } from './fold-jobs.ts';
import { LetterFold } from './fold-letters.ts';
import { RunFold } from './fold-runs.ts';

/** Folds batches of the view's topics into its tables. */
export class Fold {
  private readonly runs: RunFold;
  private readonly jobs: JobFold;
  private readonly letters: LetterFold;

  constructor(db: Database, partitions: number) {
    this.runs = new RunFold(db, partitions);
    this.jobs = new JobFold(db);
    this.letters = new LetterFold(db);
  }

  /** Applies a batch, in the order given; whatever can't be read is counted and skipped (invariant 8). */
  apply(db: Database, records: readonly IncomingRecord[]): void {
    const skipped = new Map<string, Map<string, number>>();
    this.jobs.begin();
    for (const record of records) {
      const reason = this.applyOne(record);
      if (reason === null) continue;
      const reasons = skipped.get(record.topic) ?? new Map<string, number>();
      skipped.set(record.topic, reasons.set(reason, (reasons.get(reason) ?? 0) + 1));
    }
    this.jobs.flush();
    for (const [topic, reasons] of skipped)
      for (const [reason, count] of reasons) noteSkipped(db, topic, reason, count);
  }

  private applyOne(record: IncomingRecord): string | null {
    switch (record.topic) {
      case topics.billingRuns:
        return this.runs.apply(record);
      case topics.workflowEvents:
        return this.jobs.apply(record);
      default:
        return this.letters.apply(record);
    }
  }
}

function noteSkipped(db: Database, topic: string, reason: string, count: number): void {
  const upsert =
    'INSERT INTO skipped VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count';
  db.query(upsert).run(topic, reason, count);
}
