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
  type OutgoingRecord,
  RenderedBill,
  TEXT_RENDERER,
  topics,
} from '../../core/mod.ts';
import type { DocumentFiles } from '../platform/document-files.ts';
import { inTurns } from '../platform/host/in-turns.ts';
import { offsetsAfter, type Processor } from '../platform/host/loop.ts';
import { logRecords } from '../platform/host/record-log.ts';
import { type RecordSpan, RecordSpans } from '../platform/host/record-spans.ts';
import type { Logger } from '../platform/log.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import { BILLING_TYPES } from './billing-workflows.ts';

/** A bill as the log has it: what its file must contain. */
export interface LoggedBill {
  readonly workflowId: string;
  readonly text: string;
}

const CONFLICT = 'a bill with other bytes is there already: it stays, and the new one is in the dead letters';

/** The bill that a record of `workflow-events` carries, or why it has none. */
export function billIn(
  record: IncomingRecord,
): LoggedBill | { readonly refused: string; readonly detail: string } | null {
  const report = decode<JobReport>(record.value, JobReport);
  if (!report.ok) return { refused: report.reason, detail: report.detail };
  if (!BILLING_TYPES.includes(report.value['workflow-type'])) return null;
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
  /** One in three or four has a bill; and each batch waits some turns of an engine that is busy: so it is large. */
  readonly maxRecords: number = 5_000;
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
    const letters: OutgoingRecord[] = [];
    const refuse = (record: IncomingRecord, reason: string, detail: string): void => {
      addTo(ledger, record.topic, 'deadLettered', reason);
      letters.push(deadLetter(record, reason, detail));
    };
    const bills: { readonly record: IncomingRecord; readonly bill: LoggedBill; readonly span: RecordSpan }[] =
      [];
    await inTurns(records, (record) => {
      const bill = billIn(record);
      if (bill === null) addTo(ledger, record.topic, 'notOurs');
      else if ('refused' in bill) refuse(record, bill.refused, bill.detail);
      else bills.push({ record, bill, span: spans.begin(record, 'write bill') });
    });
    const written = await this.files.writeAll(
      bills.map(({ bill }) => ({ id: bill.workflowId, text: bill.text })),
    );
    for (const [at, { record, bill, span }] of bills.entries()) {
      const outcome = written[at] ?? 'conflict';
      span.set({ 'requite.workflow_id': bill.workflowId, 'requite.outcome': outcome });
      if (outcome !== 'conflict') {
        addTo(ledger, record.topic, outcome === 'written' ? 'applied' : 'repeat');
        continue;
      }
      const { directory } = this.files;
      this.logger.error({ workflowId: bill.workflowId, directory }, CONFLICT);
      refuse(
        record,
        'bill-conflict',
        'a file with other bytes exists for this workflow-id; it was not overwritten',
      );
    }
    await consumer.commit({ records: letters, offsets: offsetsAfter(records) });
    spans.tell();
    logRecords(this.logger, letters);
    return ledger;
  }

  /** A file that can't be written (a full disk, say) is no fault of the record: it is tried again until it can. */
  isRecordsFault(error: Error): boolean {
    return !('code' in error);
  }
}
