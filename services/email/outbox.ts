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
} from '../../core/mod.ts';
import type { DocumentFiles } from '../platform/document-files.ts';
import { concurrently } from '../platform/host/concurrently.ts';
import { offsetsAfter, type Processor } from '../platform/host/loop.ts';
import { logRecords } from '../platform/host/record-log.ts';
import type { Logger } from '../platform/log.ts';
import { mailIn, messageOf } from './mail.ts';

const CONCURRENCY = 16;

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
  readonly #files: DocumentFiles;
  readonly #from: string;
  readonly #logger: Logger;

  constructor(group: string, files: DocumentFiles, from: string, logger: Logger) {
    this.group = group;
    this.#files = files;
    this.#from = from;
    this.#logger = logger;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    const ledger: Ledger = {};
    const letters = await concurrently(records, CONCURRENCY, (record) => this.#write(record, ledger));
    // also where nothing was written: a file that was there may have been named just before a crash
    if (letters.some((letter) => letter !== 'notOurs')) await this.#files.flush();
    const refused = letters.filter((letter) => letter !== null && letter !== 'notOurs');
    await consumer.commit({ records: refused, offsets: offsetsAfter(records) });
    logRecords(this.#logger, refused);
    return ledger;
  }

  /** A file that can't be written (a full disk, say) is no fault of the record: it is tried again until it can. */
  isRecordsFault(error: Error): boolean {
    return !('code' in error);
  }

  async #write(record: IncomingRecord, ledger: Ledger): Promise<OutgoingRecord | 'notOurs' | null> {
    const refuse = (reason: string, detail: string): OutgoingRecord => {
      addTo(ledger, record.topic, 'deadLettered', reason);
      return deadLetter(record, reason, detail);
    };
    const found = mailIn(record);
    if (found === null) {
      addTo(ledger, record.topic, 'notOurs');
      return 'notOurs';
    }
    if ('refused' in found) return refuse(found.refused, found.detail);
    const { workflowId, mail } = found;
    const outcome = await this.#files.write(workflowId, await mailText(mail, this.#from));
    if (outcome !== 'conflict') {
      addTo(ledger, record.topic, outcome === 'written' ? 'applied' : 'repeat');
      return null;
    }
    this.#logger.error(
      { workflowId, directory: this.#files.directory },
      'a mail with other bytes is there already: it stays, and the new one is in the dead letters',
    );
    return refuse('mail-conflict', 'a file with other bytes exists for this mail; it was not overwritten');
  }
}
