import {
  addTo,
  type Consumer,
  deadLetter,
  type IncomingRecord,
  type Ledger,
  type OutgoingRecord,
  topics,
} from '../../../core/mod.ts';
import { HeldPartitions } from '../host/held-partitions.ts';
import { offsetsAfter, type Processor } from '../host/loop.ts';
import { logRecords } from '../host/record-log.ts';
import { RecordSpans } from '../host/record-spans.ts';
import type { Logger } from '../log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Deliveries, Delivery } from './deliveries.ts';
import type { FoundMail } from './mail.ts';
import type { MailsToSend } from './outbox.ts';

interface Read {
  readonly record: IncomingRecord;
  readonly found: FoundMail;
  readonly work: Delivery | null;
}

/**
 * Sends completed mails by SMTP, each at least once and always with the same Message-ID. A mail that takes long holds up
 * its own partition and no other.
 */
export class SmtpSender implements Processor {
  readonly group: string;
  readonly topics: readonly string[] = [topics.workflowEvents];
  readonly asideReason: string = 'processing-failed';
  readonly maxRecords: number = 64;
  readonly #mails: MailsToSend;
  readonly #deliveries: Deliveries;
  readonly #logger: Logger;
  readonly #telemetry: Telemetry | undefined;
  readonly #held: HeldPartitions = new HeldPartitions(topics.workflowEvents);

  constructor(mails: MailsToSend, deliveries: Deliveries, logger: Logger, telemetry?: Telemetry) {
    this.group = mails.group;
    this.#mails = mails;
    this.#deliveries = deliveries;
    this.#logger = logger;
    this.#telemetry = telemetry;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    const spans = new RecordSpans(this.#telemetry, this.group);
    const read = records.map((record): Read => {
      const found = this.#mails.find(record);
      const isMail = found !== null && !('refused' in found);
      return {
        record,
        found,
        work: isMail ? this.#deliveries.deliver(found.mail, record.partition) : null,
      };
    });
    const { done, left } = await this.#held.settle(read);
    const ledger: Ledger = {};
    const published = this.#account(done, ledger);
    if (done.length > 0) {
      const offsets = offsetsAfter(done.map(({ record }) => record));
      await consumer.commit({ records: published, offsets });
      for (const { record, found, work } of done) {
        if (found === null || 'refused' in found || work?.isCommitted !== false) continue;
        const span = spans.begin(record, 'send mail');
        span.set({ 'requite.workflow_id': found.workflowId });
        if (work.ended?.kind === 'refused') span.fail(work.ended.detail);
      }
      spans.tell();
      logRecords(this.#logger, published);
    }
    for (const { work } of done) if (work !== null) work.isCommitted = true;
    await this.#held.hold(consumer, left);
    return ledger;
  }

  async tick(consumer: Consumer): Promise<number> {
    return this.#held.release(consumer);
  }

  onLost(partitions: readonly number[]): void {
    this.#held.lost(partitions);
    this.#deliveries.giveUp(partitions);
  }

  onStop(): void {
    this.#deliveries.stop();
  }

  /** Nothing here throws but the log: no record is to blame. */
  isRecordsFault(error: Error): boolean {
    return !('code' in error);
  }

  /** What is to be published of what has ended: dead letters, and what the service tells; in the ledger, where each record did. */
  #account(done: readonly Read[], ledger: Ledger): OutgoingRecord[] {
    const counted = new Set<Delivery>();
    return done.flatMap(({ record, found, work }) => {
      const refuse = (reason: string, detail: string): OutgoingRecord => {
        addTo(ledger, record.topic, 'deadLettered', reason);
        return deadLetter(record, reason, detail);
      };
      if (found === null) {
        addTo(ledger, record.topic, 'notOurs');
        return [];
      }
      if ('refused' in found) return refuse(found.refused, found.detail);
      const isRepeat = work === null || work.isCommitted || counted.has(work);
      if (work !== null) counted.add(work);
      const ended = isRepeat ? null : (work?.ended ?? null);
      const told = ended === null ? [] : (this.#mails.tell?.(found, ended, record) ?? []);
      if (ended?.kind === 'refused') return [refuse(ended.reason, ended.detail), ...told];
      addTo(ledger, record.topic, isRepeat ? 'repeat' : 'applied');
      return told;
    });
  }
}
