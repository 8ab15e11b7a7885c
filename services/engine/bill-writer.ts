import { Value } from '@sinclair/typebox/value';
import {
  addTo,
  billText,
  type Consumer,
  deadLetter,
  decode,
  type IncomingRecord,
  JobReport,
  type Ledger,
  RenderedBill,
  TEXT_RENDERER,
  topics,
} from '../../core/mod.ts';
import type { DocumentFiles, Written } from '../platform/document-files.ts';
import { concurrently } from '../platform/host/concurrently.ts';
import { offsetsAfter, type Processor } from '../platform/host/loop.ts';
import { logRecords } from '../platform/host/record-log.ts';
import { RecordSpans } from '../platform/host/record-spans.ts';
import type { Logger } from '../platform/log.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import { BILLING_WORKFLOWS } from './billing-workflows.ts';

/** A bill as the log has it: what its file must contain. */
export interface LoggedBill {
  readonly workflowId: string;
  readonly text: string;
}

const CONCURRENCY = 16;

/** The bill that a record of `workflow-events` carries, or why it has none. */
export function billIn(
  record: IncomingRecord,
): LoggedBill | { readonly refused: string; readonly detail: string } | null {
  const report = decode<JobReport>(record.value, JobReport);
  if (!report.ok) return { refused: report.reason, detail: report.detail };
  if (!BILLING_WORKFLOWS.some(({ type }) => type === report.value['workflow-type'])) return null;
  const completed = report.value.events.find((event) => event.event === 'completed');
  if (completed === undefined) return null;
  const result = completed.result;
  if (!Value.Check(RenderedBill, result))
    return { refused: 'invalid-bill', detail: 'the completed workflow has no bill of the known shape' };
  if (result.renderer !== TEXT_RENDERER)
    return {
      refused: 'unknown-renderer',
      detail: `the bill was rendered by ${result.renderer}; this engine has ${TEXT_RENDERER}`,
    };
  const text = billText(result);
  if (text === null)
    return { refused: 'bill-hash-mismatch', detail: 'the bill renders to other bytes than were recorded' };
  return { workflowId: report.value['workflow-id'], text };
}

/** Writes the files of completed bills: files follow the log. Offsets are committed when the files are durable. */
export class BillWriter implements Processor {
  readonly group: string = 'bill-writer';
  readonly topics: readonly string[] = [topics.workflowEvents];
  readonly asideReason: string = 'processing-failed';
  private readonly files: DocumentFiles;
  private readonly logger: Logger;
  private readonly telemetry: Telemetry | undefined;

  constructor(files: DocumentFiles, logger: Logger, telemetry?: Telemetry) {
    this.files = files;
    this.logger = logger;
    this.telemetry = telemetry;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    const ledger: Ledger = {};
    const spans = new RecordSpans(this.telemetry, this.group);
    let named = false;
    const letters = await concurrently(records, CONCURRENCY, async (record) => {
      const bill = billIn(record);
      if (bill === null) {
        addTo(ledger, record.topic, 'notOurs');
        return null;
      }
      if ('refused' in bill) {
        addTo(ledger, record.topic, 'deadLettered', bill.refused);
        return deadLetter(record, bill.refused, bill.detail);
      }
      const span = spans.begin(record, 'write bill');
      span.set({ 'requite.workflow_id': bill.workflowId });
      const outcome = await this.files.write(bill.workflowId, bill.text);
      span.set({ 'requite.outcome': outcome });
      named ||= outcome !== 'conflict'; // one that was there may have been named just before a crash
      return this.account(outcome, record, bill, ledger);
    });
    if (named) await this.files.flush();
    const refused = letters.filter((letter) => letter !== null);
    await consumer.commit({ records: refused, offsets: offsetsAfter(records) });
    spans.tell();
    logRecords(this.logger, refused);
    return ledger;
  }

  /** A file that can't be written (a full disk, say) is no fault of the record: it is tried again until it can. */
  isRecordsFault(error: Error): boolean {
    return !('code' in error);
  }

  private account(
    outcome: Written,
    record: IncomingRecord,
    bill: LoggedBill,
    ledger: Ledger,
  ): ReturnType<typeof deadLetter> | null {
    if (outcome !== 'conflict') {
      addTo(ledger, record.topic, outcome === 'written' ? 'applied' : 'repeat');
      return null;
    }
    this.logger.error(
      { workflowId: bill.workflowId, directory: this.files.directory },
      'a bill with other bytes is there already: it stays, and the new one is in the dead letters',
    );
    addTo(ledger, record.topic, 'deadLettered', 'bill-conflict');
    return deadLetter(
      record,
      'bill-conflict',
      'a file with other bytes exists for this workflow-id; it was not overwritten',
    );
  }
}
