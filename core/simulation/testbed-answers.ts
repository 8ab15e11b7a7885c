import type { Json } from '../messages/json.ts';
import type { OutgoingRecord } from '../messages/record.ts';
import type { AnswerMessage, QuestionMessage } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { AnswerError } from '../workflow/definition.ts';
import { type Duration, durationMs } from '../workflow/duration.ts';
import { askerOf, shown } from './story-words.ts';
import { TestbedError } from './testbed-error.ts';
import type { World } from './testbed-world.ts';

/** A question as its handler sees it. */
export interface TestQuestion {
  readonly qaIdentifier: string;
  readonly category: string;
  /** The workflow-id. */
  readonly key: string | null;
}

/**
 * Answers a category's questions, now or as a promise. It may be asked the same again. Throws `AnswerError` to answer
 * with an error; gives `answerAfter('2h', value)` to answer later. What else it throws, `settle` throws: a real host would try
 * it again.
 */
// biome-ignore lint/suspicious/noExplicitAny: what a payload is, only its category says; handlers name it as they know it
export type TestAnswer = (payload: any, question: TestQuestion) => unknown;

export type TestAnswers = Readonly<Record<string, TestAnswer>>;

/** An answer that comes later. */
export class LaterAnswer {
  readonly delayMs: number;
  readonly answer: unknown;
  constructor(delayMs: number, answer: unknown) {
    this.delayMs = delayMs;
    this.answer = answer;
  }
}

/** For a handler: the answer comes after so long, in virtual time. Give an `AnswerError` for an error that does. */
export function answerAfter(delay: Duration, answer: unknown): LaterAnswer {
  return new LaterAnswer(durationMs(delay), answer);
}

/** An answer on its way. */
interface Delivery {
  readonly atMs: number;
  readonly question: QuestionMessage;
  readonly answer: unknown;
}

/** Who answers in a testbed: takes what is published as questions, asks the handlers, keeps what nobody can answer yet. */
export class Answerers {
  readonly #world: World;
  readonly #handlers: Map<string, TestAnswer> = new Map();
  /** What was asked and not handled yet, by `qaIdentifier`. */
  readonly #open: Map<string, QuestionMessage> = new Map();
  #deliveries: readonly Delivery[] = [];
  /** So many of the published records were looked at. */
  #seen = 0;

  constructor(world: World, handlers: TestAnswers) {
    this.#world = world;
    this.serve(handlers);
  }

  /** From now on these categories are answered so; null: no longer. */
  serve(handlers: Readonly<Record<string, TestAnswer | null>>): void {
    for (const [category, handler] of Object.entries(handlers)) {
      if (handler === null) this.#handlers.delete(category);
      else this.#handlers.set(category, handler);
    }
  }

  get handlers(): TestAnswers {
    return Object.fromEntries(this.#handlers);
  }

  /** When the next answer that is on its way comes, or null. */
  get nextMs(): number | null {
    return this.#deliveries.length === 0 ? null : Math.min(...this.#deliveries.map(({ atMs }) => atMs));
  }

  /** Delivers what has come, and answers what was asked. */
  async turn(): Promise<void> {
    const { nowMs } = this.#world;
    const arrived = this.#deliveries
      .filter(({ atMs }) => atMs <= nowMs)
      .sort((one, other) => one.atMs - other.atMs);
    this.#deliveries = this.#deliveries.filter(({ atMs }) => atMs > nowMs);
    for (const { question, answer } of arrived) await this.publish(question, answer);
    this.#takeQuestions();
    for (const question of [...this.#open.values()]) await this.#reply(question);
  }

  #takeQuestions(): void {
    const { published } = this.#world;
    for (const { topic, value } of published.slice(this.#seen)) {
      if (topic !== topics.questions) continue;
      const question = JSON.parse(String(value)) as QuestionMessage;
      this.#open.set(question.qaIdentifier, question);
    }
    this.#seen = published.length;
  }

  async #reply(question: QuestionMessage): Promise<void> {
    const handler = this.#handlers.get(question.questionCategory);
    if (handler === undefined) return;
    const answer = await this.#handle(handler, question);
    this.#open.delete(question.qaIdentifier);
    if (!(answer instanceof LaterAnswer)) return this.publish(question, answer);
    const atMs = this.#world.nowMs + answer.delayMs;
    this.#deliveries = [...this.#deliveries, { atMs, question, answer: answer.answer }];
  }

  async #handle(handler: TestAnswer, question: QuestionMessage): Promise<unknown> {
    const { qaIdentifier, questionCategory: category, payload } = question;
    try {
      return await handler(payload as Json, { qaIdentifier, category, key: askerOf(qaIdentifier) });
    } catch (error) {
      if (error instanceof AnswerError) return error;
      throw defect(category, error);
    }
  }

  /** Puts an answer on its topic; an `AnswerError` as an error. */
  async publish(question: QuestionMessage, answer: unknown): Promise<void> {
    const { qaIdentifier, questionCategory } = question;
    this.#open.delete(qaIdentifier);
    const workflowId = askerOf(qaIdentifier) ?? qaIdentifier;
    this.#world.tell(`${workflowId} is answered for ${questionCategory}: ${answerText(answer)}`);
    await this.#world.publish([
      this.#record(workflowId, { qaIdentifier, questionCategory, ...bodyOf(answer) }),
    ]);
  }

  #record(workflowId: string, message: AnswerMessage): OutgoingRecord {
    return this.#world.record(topics.answers, workflowId, message);
  }
}

function defect(category: string, cause: unknown): TestbedError {
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new TestbedError(
    'answerer-threw',
    `the answer for "${category}" threw ${said}. Throw AnswerError to answer with an error. The question is still open: ` +
      'the next settle() tries again',
    { cause },
  );
}

function bodyOf(answer: unknown): Pick<AnswerMessage, 'answer' | 'error'> {
  return answer instanceof AnswerError
    ? { error: { code: answer.code, message: answer.message } }
    : { answer: answer ?? null };
}

const answerText = (answer: unknown): string =>
  answer instanceof AnswerError ? `an error, ${answer.code}: ${answer.message}` : shown(answer ?? null);
