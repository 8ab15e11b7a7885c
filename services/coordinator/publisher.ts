// Shares the runs among coordinators: the owner of a run's partition drives it. Offsets say nothing of what is published:
// what is left to publish is found in the view, by every owner anew (see run-driver.ts).
import {
  addTo,
  type BillRun,
  type Consumer,
  type IncomingRecord,
  type Ledger,
  ORDER_BILLING_TYPE,
  type OutgoingRecord,
  TransportError,
  topics,
} from '../../core/mod.ts';
import { offsetsAfter, type Processor } from '../platform/host/loop.ts';
import type { RunDriver } from './run-driver.ts';
import { readRunRecord } from './run-records.ts';
import type { CoordinatorView } from './view/index.ts';
import { periodOf, type RunRow } from './view/run-queries.ts';

/** The group whose members share the runs. */
export const PUBLISHER_GROUP = 'coordinator';

const VIEW_TIMEOUT_MS = 5_000;

export interface PublisherOptions {
  readonly view: CoordinatorView;
  readonly driver: Pick<RunDriver, 'gained' | 'lost'>;
  readonly partitions: number;
}

/** A member of the coordinators' group. */
export class Publisher implements Processor {
  readonly group: string = PUBLISHER_GROUP;
  readonly topics: readonly string[] = [topics.billingRuns];
  readonly asideReason: string = 'publishing-failed';
  /** They are large. */
  readonly maxRecords: number = 200;
  private readonly options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.options = options;
  }

  onGained(partitions: readonly number[]): void {
    this.options.driver.gained(partitions);
  }

  onLost(partitions: readonly number[]): void {
    this.options.driver.lost(partitions);
  }

  /** An accepted run is never put aside. */
  isRecordsFault(): boolean {
    return false;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    const ledger: Ledger = {};
    const again: OutgoingRecord[] = [];
    for (const record of records) {
      const winner = await this.winnerOver(record);
      addTo(ledger, record.topic, winner === null ? 'repeat' : 'applied');
      if (winner !== null && winner !== 'itself') again.push(this.manifestOf(winner, record.partition));
    }
    await consumer.commit({ records: again, offsets: offsetsAfter(records), offsetsMayWait: true });
    return ledger;
  }

  /** Of a run's own record: the run that came first, 'itself' where it has the same content. Null for all else. */
  private async winnerOver(record: IncomingRecord): Promise<RunRow | 'itself' | null> {
    const read = readRunRecord(record, this.options.partitions);
    if (read.kind !== 'run') return null;
    if (!(await this.options.view.appliedTo(record, VIEW_TIMEOUT_MS))) {
      throw new TransportError('unavailable', 'the view has not come to this run');
    }
    const winner = this.options.view.runs.find(read.run['run-id']);
    if (winner === null) return null; // the view has refused it, and counted that
    return winner.hash === read.run['content-hash'] ? 'itself' : winner;
  }

  /** The winner's record once more, so that compaction keeps it and not the one that came later. */
  private manifestOf(winner: RunRow, partition: number): OutgoingRecord {
    const period = periodOf(winner);
    const run: BillRun = {
      'run-id': winner.runId,
      'create-time': winner.createTime,
      ...(winner.billDate === null ? {} : { 'bill-date': winner.billDate }),
      ...(winner.label === null ? {} : { label: winner.label }),
      ...(winner.billingPeriod === null ? {} : { 'billing-period': winner.billingPeriod }),
      ...(winner.requestHash === null ? {} : { 'request-hash': winner.requestHash }),
      ...(period === null ? {} : { 'workflow-type': ORDER_BILLING_TYPE, period }),
      'content-hash': winner.hash,
      count: winner.count,
      parts: winner.parts,
    };
    return { topic: topics.billingRuns, partition, key: winner.runId, value: JSON.stringify(run) };
  }
}
