import {
  AnswerError,
  type AnswerMessage,
  addTo,
  type Consumer,
  deadLetter,
  decode,
  type IncomingRecord,
  type Json,
  type Ledger,
  type OutgoingRecord,
  type Problem,
  QuestionMessage,
  TransportError,
  topics,
  traceHeaders,
} from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { concurrently } from './concurrently.ts';
import { JsonText } from './json-text.ts';
import { offsetsAfter, type Processor, runLoop } from './loop.ts';
import { logRecords } from './record-log.ts';
import { type RecordSpan, RecordSpans } from './record-spans.ts';
import { type Host, type HostSettings, hostOf, openHost } from './settings.ts';

/** A question as its handler sees it. */
export interface Question {
  readonly qaIdentifier: string;
  readonly category: string;
  /** The workflow-id, where the asker keyed the question by it. */
  readonly key: string | null;
}

/**
 * Answers one question. It may be asked the same question again and must then give an answer as good:
 * the first one in log order counts. Throws `AnswerError` to answer with an error; any other error is
 * tried again a few times, then the question goes to the dead letters.
 */
export type AnswerHandler = (payload: Json, question: Question) => unknown;

export interface AnswerSettings extends HostSettings {
  /** The consumer group whose members share the questions. Default 'answers-' and the categories. */
  readonly group?: string;
  /** How many questions are answered at once. Default 64. */
  readonly concurrency?: number;
}

const ATTEMPTS = 4;
const RETRY_MS = 50;

/** Answers questions of the given categories, and leaves all others alone. */
export async function serveAnswers(
  handlers: Readonly<Record<string, AnswerHandler>>,
  settings: AnswerSettings = {},
): Promise<Host> {
  const host = await openHost(settings);
  await host.prepare();
  const group = settings.group ?? `answers-${Object.keys(handlers).sort().join('-')}`;
  const processor = new AnswerProcessor(
    new Map(Object.entries(handlers)),
    group,
    settings.concurrency ?? 64,
    host.logger,
    settings.telemetry,
  );
  const loop = runLoop(processor, {
    transport: host.backing.transport,
    logger: host.logger,
    metrics: settings.metrics,
  });
  return hostOf(loop, host);
}

class AnswerProcessor implements Processor {
  readonly group: string;
  readonly topics: readonly string[] = [topics.questions];
  readonly asideReason: string = 'answerer-failed';
  private readonly handlers: ReadonlyMap<string, AnswerHandler>;
  private readonly concurrency: number;
  private readonly logger: Logger;
  private readonly telemetry: Telemetry | undefined;

  constructor(
    handlers: ReadonlyMap<string, AnswerHandler>,
    group: string,
    concurrency: number,
    logger: Logger,
    telemetry: Telemetry | undefined,
  ) {
    this.handlers = handlers;
    this.group = group;
    this.concurrency = concurrency;
    this.logger = logger;
    this.telemetry = telemetry;
  }

  async handle(records: readonly IncomingRecord[], consumer: Consumer): Promise<Ledger> {
    const ledger: Ledger = {};
    const spans = new RecordSpans(this.telemetry, this.group);
    const replies = await concurrently(records, this.concurrency, (record) =>
      this.reply(record, ledger, spans),
    );
    const published = replies.filter((reply) => reply !== null);
    // a question may be answered again after a crash in any case: its answer need not wait for the one before to be committed
    await consumer.commit({ records: published, offsets: offsetsAfter(records), offsetsMayWait: true });
    spans.tell();
    logRecords(this.logger, published);
    return ledger;
  }

  private async reply(
    record: IncomingRecord,
    ledger: Ledger,
    spans: RecordSpans,
  ): Promise<OutgoingRecord | null> {
    const refuse = (reason: string, detail: string): OutgoingRecord => {
      addTo(ledger, record.topic, 'deadLettered', reason);
      return deadLetter(record, reason, detail);
    };
    const message = decode<QuestionMessage>(record.value, QuestionMessage);
    if (!message.ok) return refuse(message.reason, message.detail);
    const { qaIdentifier, questionCategory: category, payload } = message.value;
    const handler = this.handlers.get(category);
    if (handler === undefined) {
      addTo(ledger, record.topic, 'notOurs');
      return null;
    }
    const question: Question = {
      qaIdentifier,
      category,
      key: typeof record.key === 'string' ? record.key : null,
    };
    const span = spans.begin(record, `answer ${category}`);
    span.set({ 'requite.workflow_id': question.key ?? '' });
    const answer = await this.within(span, () => this.answer(handler, payload as Json, question));
    if (answer instanceof Error) {
      span.fail(answer.message);
      return refuse('answerer-failed', answer.message);
    }
    if ('error' in answer) span.fail(`${answer.error.code}: ${answer.error.message}`);
    addTo(ledger, record.topic, 'applied');
    return {
      topic: topics.answers,
      partition: record.partition,
      key: record.key,
      value: messageOf(question, answer),
      ...traceHeaders(span.traceparent),
    };
  }

  private async within<T>(span: RecordSpan, run: () => Promise<T>): Promise<T> {
    try {
      const { telemetry } = this;
      return await (telemetry === undefined ? run() : telemetry.within(span.traceparent, run));
    } finally {
      span.end();
    }
  }

  private async answer(handler: AnswerHandler, payload: Json, question: Question): Promise<Outcome | Error> {
    for (let attempt = 1; ; attempt++) {
      try {
        return { answer: await handler(payload, question) };
      } catch (error) {
        if (error instanceof AnswerError) return { error: { code: error.code, message: error.message } };
        // the log being away is nobody's answer: the whole batch is tried again
        if (error instanceof TransportError && error.canRetry) throw error;
        if (attempt >= ATTEMPTS) return error instanceof Error ? error : new Error(String(error));
        await pause(RETRY_MS * 4 ** (attempt - 1));
      }
    }
  }
}

/** What a handler gave, or the error that is the answer. */
type Outcome = { readonly answer: unknown } | { readonly error: Problem };

/** The answer's message as JSON. */
function messageOf({ qaIdentifier, category }: Question, outcome: Outcome): string {
  const base = { qaIdentifier, questionCategory: category };
  if ('error' in outcome) return JSON.stringify({ ...base, error: outcome.error } satisfies AnswerMessage);
  const { answer } = outcome;
  if (answer instanceof JsonText) return `${JSON.stringify(base).slice(0, -1)},"answer":${answer.text}}`;
  return JSON.stringify({ ...base, answer: answer ?? null } satisfies AnswerMessage);
}
