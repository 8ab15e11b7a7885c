import { createTransport } from 'nodemailer';
import {
  addTo,
  type Consumer,
  deadLetter,
  type IncomingRecord,
  type Ledger,
  type OrderMail,
  type OutgoingRecord,
  topics,
} from '../../../core/mod.ts';
import type { DocumentFiles } from '../document-files.ts';
import { concurrently } from '../host/concurrently.ts';
import { offsetsAfter, type Processor } from '../host/loop.ts';
import { logRecords } from '../host/record-log.ts';
import { RecordSpans } from '../host/record-spans.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type FoundMail, type LoggedMail, messageOf } from './mail.ts';

const CONCURRENCY = 16;

/** How a mail has ended: sent (which in an outbox is written), or refused for good. */
export type MailEnd =
  | { readonly kind: 'sent' }
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string };

/** Which mails a sender sends, and as whom. */
export interface MailsToSend {
  /** The consumer group of the senders, and their name in the log. */
  readonly group: string;
  /** What a record of `workflow-events` is: see `mailsOf`. */
  readonly find: (record: IncomingRecord) => FoundMail;
  /** What to publish, in the same unit of work, of a mail that has ended; more than once where it is read again. */
  readonly tell?: (mail: LoggedMail, end: MailEnd, record: IncomingRecord) => readonly OutgoingRecord[];
}

const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

/** The mail as it would go over the wire (RFC 5322): the same bytes each time. */
async function mailText(mail: OrderMail, from: string): Promise<string> {
  const { message } = await composer.sendMail(messageOf(mail, from));
  return message.toString();
}

/** Writes mails to files instead of sending them: exactly one an order, however often it is read (`DocumentFiles`). */
export class OutboxWriter implements Processor {
  readonly group: string;
  readonly topics: readonly string[] = [topics.workflowEvents];
  readonly asideReason: string = 'processing-failed';
  readonly #mails: MailsToSend;
  readonly #files: DocumentFiles;
  readonly #from: string;
  readonly #logger: Logger;
  readonly #telemetry: Telemetry | undefined;

  constructor(mails: MailsToSend, files: DocumentFiles, from: string, logger: Logger, telemetry?: Telemetry) {
    this.group = mails.group;
    this.#mails = mails;
    this.#files = files;
    this.#from = from;
    this.#logger = logger;
    this.#telemetry = telemetry;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    const ledger: Ledger = {};
    const spans = new RecordSpans(this.#telemetry, this.group);
    const published = await concurrently(records, CONCURRENCY, (record) =>
      this.#write(record, ledger, spans),
    );
    // also where nothing was written: a file that was there may have been named just before a crash
    if (published.some((each) => each !== 'notOurs')) await this.#files.flush();
    const outgoing = published.flatMap((each) => (each === 'notOurs' ? [] : each));
    await consumer.commit({ records: outgoing, offsets: offsetsAfter(records) });
    spans.tell();
    logRecords(this.#logger, outgoing);
    return ledger;
  }

  /** A file that can't be written (a full disk, say) is no fault of the record: it is tried again until it can. */
  isRecordsFault(error: Error): boolean {
    return !('code' in error);
  }

  async #write(
    record: IncomingRecord,
    ledger: Ledger,
    spans: RecordSpans,
  ): Promise<readonly OutgoingRecord[] | 'notOurs'> {
    const refuse = (reason: string, detail: string): OutgoingRecord => {
      addTo(ledger, record.topic, 'deadLettered', reason);
      return deadLetter(record, reason, detail);
    };
    const found = this.#mails.find(record);
    if (found === null) {
      addTo(ledger, record.topic, 'notOurs');
      return 'notOurs';
    }
    if ('refused' in found) return [refuse(found.refused, found.detail)];
    const { workflowId, mail } = found;
    const tell = (end: MailEnd): readonly OutgoingRecord[] => this.#mails.tell?.(found, end, record) ?? [];
    const span = spans.begin(record, 'write mail');
    span.set({ 'requite.workflow_id': workflowId });
    const outcome = await this.#files.write(workflowId, await mailText(mail, this.#from));
    span.set({ 'requite.outcome': outcome });
    if (outcome !== 'conflict') {
      addTo(ledger, record.topic, outcome === 'written' ? 'applied' : 'repeat');
      return tell({ kind: 'sent' });
    }
    this.#logger.error(
      { workflowId, directory: this.#files.directory },
      'a mail with other bytes is there already: it stays, and the new one is in the dead letters',
    );
    const reason = 'mail-conflict';
    const detail = 'a file with other bytes exists for this mail; it was not overwritten';
    return [refuse(reason, detail), ...tell({ kind: 'refused', reason, detail })];
  }
}
