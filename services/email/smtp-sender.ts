import {
  addTo,
  type Consumer,
  deadLetter,
  type IncomingRecord,
  type Ledger,
  type OutgoingRecord,
  topics,
} from '../../core/mod.ts';
import { offsetsAfter, type Processor } from '../platform/host/loop.ts';
import { logRecords } from '../platform/host/record-log.ts';
import type { Logger } from '../platform/log.ts';
import { pause } from '../platform/pause.ts';
import type { Deliveries, Delivery } from './deliveries.ts';
import { mailIn } from './mail.ts';

/** So long a batch waits for its mails, far less than a member may be silent: what takes longer goes on meanwhile. */
const HANDLE_MS = 1_000;
/** How soon it is looked whether a mail that held up its partition has ended. */
const HELD_WAIT_MS = 50;
const IDLE_WAIT_MS = 500;

interface Read {
  readonly record: IncomingRecord;
  readonly found: ReturnType<typeof mailIn>;
  readonly delivery: Delivery | null;
}

/**
 * Sends completed mails by SMTP, each at least once and always with the same Message-ID. An offset is committed once
 * all mails before it have ended; a mail that takes long holds up its own partition, which is paused until then, and
 * no other (invariant 8).
 */
export class SmtpSender implements Processor {
  readonly group: string;
  readonly topics: readonly string[] = [topics.workflowEvents];
  readonly asideReason: string = 'processing-failed';
  readonly maxRecords: number = 64;
  readonly #deliveries: Deliveries;
  readonly #logger: Logger;
  /** The paused partitions, each with the mail that it waits for. */
  readonly #held: Map<number, Delivery> = new Map();

  constructor(group: string, deliveries: Deliveries, logger: Logger) {
    this.group = group;
    this.#deliveries = deliveries;
    this.#logger = logger;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    const read = records.map((record): Read => {
      const found = mailIn(record);
      const isMail = found !== null && !('refused' in found);
      return {
        record,
        found,
        delivery: isMail ? this.#deliveries.deliver(found.mail, record.partition) : null,
      };
    });
    await this.#wait(read);
    const { done, held } = this.#parted(read);
    const ledger: Ledger = {};
    const letters = this.#account(done, ledger);
    if (done.length > 0) {
      const offsets = offsetsAfter(done.map(({ record }) => record));
      await consumer.commit({ records: letters, offsets });
      logRecords(this.#logger, letters);
    }
    for (const { delivery } of done) if (delivery !== null) delivery.isCommitted = true;
    for (const [partition, delivery] of held) {
      this.#held.set(partition, delivery);
      consumer.pause(topics.workflowEvents, partition);
    }
    // what is not committed is read again when its partition goes on
    if (held.size > 0) await consumer.rewind();
    return ledger;
  }

  async tick(consumer: Consumer): Promise<number> {
    for (const [partition, { ended }] of this.#held) {
      if (ended === null) continue;
      this.#held.delete(partition);
      consumer.resume(topics.workflowEvents, partition);
    }
    return this.#held.size > 0 ? HELD_WAIT_MS : IDLE_WAIT_MS;
  }

  onLost(partitions: readonly number[]): void {
    for (const partition of partitions) this.#held.delete(partition);
    this.#deliveries.giveUp(partitions);
  }

  onStop(): void {
    this.#deliveries.stop();
  }

  /** Nothing here throws but the log: no record is to blame. */
  isRecordsFault(error: Error): boolean {
    return !('code' in error);
  }

  async #wait(read: readonly Read[]): Promise<void> {
    const limit = new AbortController();
    const all = Promise.all(read.map(({ delivery }) => delivery?.over));
    await Promise.race([all, pause(HANDLE_MS, limit.signal)]);
    limit.abort();
  }

  /** What can be committed: in each partition all before the first mail that has not ended. */
  #parted(read: readonly Read[]): { readonly done: readonly Read[]; readonly held: Map<number, Delivery> } {
    const held = new Map<number, Delivery>();
    const done = read.filter(({ record, delivery }) => {
      if (held.has(record.partition)) return false;
      if (delivery === null || delivery.ended !== null) return true;
      held.set(record.partition, delivery);
      return false;
    });
    return { done, held };
  }

  /** The dead letters of what has ended; in the ledger, where each record did. */
  #account(done: readonly Read[], ledger: Ledger): OutgoingRecord[] {
    const counted = new Set<Delivery>();
    return done.flatMap(({ record, found, delivery }) => {
      const refuse = (reason: string, detail: string): OutgoingRecord => {
        addTo(ledger, record.topic, 'deadLettered', reason);
        return deadLetter(record, reason, detail);
      };
      if (found === null) {
        addTo(ledger, record.topic, 'notOurs');
        return [];
      }
      if ('refused' in found) return refuse(found.refused, found.detail);
      const isRepeat = delivery === null || delivery.isCommitted || counted.has(delivery);
      if (delivery !== null) counted.add(delivery);
      if (!isRepeat && delivery.ended?.kind === 'refused')
        return refuse(delivery.ended.reason, delivery.ended.detail);
      addTo(ledger, record.topic, isRepeat ? 'repeat' : 'applied');
      return [];
    });
  }
}
