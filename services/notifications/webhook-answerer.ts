import { Value } from '@sinclair/typebox/value';
import {
  type AnswerMessage,
  addTo,
  type Consumer,
  deadLetter,
  decode,
  type IncomingRecord,
  isoTime,
  type Ledger,
  type OutgoingRecord,
  parseNotificationWorkflowId,
  parseQaIdentifier,
  QuestionMessage,
  topics,
  WEBHOOK_CATEGORY,
  WebhookQuestion,
} from '../../core/mod.ts';
import { HeldPartitions } from '../platform/host/held-partitions.ts';
import { offsetsAfter, type Processor } from '../platform/host/loop.ts';
import { logRecords } from '../platform/host/record-log.ts';
import type { Logger } from '../platform/log.ts';
import { type Attempting, Attempts, type EndedAttempt, type PendingAttempt } from './attempts.ts';
import { notificationRecord } from './records.ts';

/** What a record of `questions-topic` is here. */
type Asked =
  | { readonly kind: 'notOurs' }
  | { readonly kind: 'refused'; readonly reason: string; readonly detail: string }
  | { readonly kind: 'bad'; readonly qaIdentifier: string }
  | { readonly kind: 'question'; readonly qaIdentifier: string; readonly question: WebhookQuestion };

interface Read {
  readonly record: IncomingRecord;
  readonly asked: Asked;
  readonly work: PendingAttempt | null;
}

export interface WebhookAnswererOptions {
  readonly group: string;
  readonly attempt: Attempting;
  readonly partitions: number;
  readonly logger: Logger;
}

/**
 * Answers questions of category `webhook`, each by one attempt. They may take long, and hold up their own partition of
 * `questions-topic` then, for this group alone. An attempt whose answer was not committed is made again, with the same
 * id: at least once. What came of each is told on the topic of notifications, in the same unit of work.
 */
export class WebhookAnswerer implements Processor {
  readonly group: string;
  readonly topics: readonly string[] = [topics.questions];
  readonly asideReason: string = 'answerer-failed';
  readonly maxRecords: number = 64;
  readonly #attempts: Attempts;
  readonly #partitions: number;
  readonly #logger: Logger;
  readonly #held: HeldPartitions = new HeldPartitions(topics.questions);

  constructor({ group, attempt, partitions, logger }: WebhookAnswererOptions) {
    this.group = group;
    this.#attempts = new Attempts(attempt);
    this.#partitions = partitions;
    this.#logger = logger;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    const read = records.map((record): Read => {
      const asked = askedIn(record);
      return { record, asked, work: asked.kind === 'question' ? this.#begin(asked, record) : null };
    });
    const { done, left } = await this.#held.settle(read);
    const ledger: Ledger = {};
    const published = done.flatMap((each) => this.#account(each, ledger));
    if (done.length > 0) {
      await consumer.commit({ records: published, offsets: offsetsAfter(done.map(({ record }) => record)) });
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
    this.#attempts.giveUp(partitions);
  }

  onStop(): void {
    this.#attempts.stop();
  }

  /** Nothing here throws but the log: no record is to blame. */
  isRecordsFault(error: Error): boolean {
    return !('code' in error);
  }

  #begin(
    { qaIdentifier, question }: Extract<Asked, { kind: 'question' }>,
    { partition, headers }: IncomingRecord,
  ): PendingAttempt {
    return this.#attempts.begin(qaIdentifier, question, partition, headers.traceparent ?? null);
  }

  /** The answer, and what is told of the attempt; in the ledger, where the record ended. */
  #account({ record, asked, work }: Read, ledger: Ledger): readonly OutgoingRecord[] {
    switch (asked.kind) {
      case 'notOurs':
        addTo(ledger, record.topic, 'notOurs');
        return [];
      case 'refused':
        addTo(ledger, record.topic, 'deadLettered', asked.reason);
        return [deadLetter(record, asked.reason, asked.detail)];
      case 'bad': {
        addTo(ledger, record.topic, 'applied');
        const message = `a question of category "${WEBHOOK_CATEGORY}" needs {"id","tried","body"}`;
        return [answerTo(record, asked.qaIdentifier, { error: { code: 'bad-question', message } })];
      }
      case 'question': {
        const ended = work?.ended ?? null;
        if (ended === null) throw new Error('an attempt that has not ended was to be answered');
        const isRepeat = work?.isCommitted === true;
        addTo(ledger, record.topic, isRepeat ? 'repeat' : 'applied');
        const answer = answerTo(record, asked.qaIdentifier, { answer: ended.attempt });
        return isRepeat ? [answer] : [answer, ...this.#told(asked, ended, record)];
      }
      default:
        return asked satisfies never;
    }
  }

  /** Nothing for a workflow that is somebody else's. */
  #told(
    { qaIdentifier, question }: Extract<Asked, { kind: 'question' }>,
    { attempt, atMs }: EndedAttempt,
    { headers }: IncomingRecord,
  ): readonly OutgoingRecord[] {
    const ref = parseNotificationWorkflowId(parseQaIdentifier(qaIdentifier)?.workflowId ?? '');
    if (ref === null) return [];
    const { outcome, status, reason } = attempt;
    const told = { ...ref, time: isoTime(atMs), tried: question.tried, outcome, status, reason };
    return [notificationRecord({ event: 'attempted', ...told }, this.#partitions, headers.traceparent)];
  }
}

function askedIn({ value }: IncomingRecord): Asked {
  const message = decode<QuestionMessage>(value, QuestionMessage);
  if (!message.ok) return { kind: 'refused', reason: message.reason, detail: message.detail };
  const { qaIdentifier, questionCategory, payload } = message.value;
  if (questionCategory !== WEBHOOK_CATEGORY) return { kind: 'notOurs' };
  return Value.Check(WebhookQuestion, payload)
    ? { kind: 'question', qaIdentifier, question: payload }
    : { kind: 'bad', qaIdentifier };
}

function answerTo(
  { partition, key, headers: { traceparent } }: IncomingRecord,
  qaIdentifier: string,
  outcome: Pick<AnswerMessage, 'answer' | 'error'>,
): OutgoingRecord {
  const value = JSON.stringify({ qaIdentifier, questionCategory: WEBHOOK_CATEGORY, ...outcome });
  const headers = traceparent === undefined ? {} : { headers: { traceparent } };
  return { topic: topics.answers, partition, key, value, ...headers };
}
