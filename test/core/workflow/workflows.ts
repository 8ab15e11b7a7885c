// Workflows of the tests' own.
import { Type } from '@sinclair/typebox';
import {
  AnswerError,
  type AnyWorkflow,
  NoInput,
  TimeLimitError,
  type Workflow,
  workflow,
} from '../../../core/workflow/definition.ts';

export const Text = Type.String();
export const Numeric = Type.Number();

type Run = Workflow<typeof NoInput, unknown>['run'];

/** A workflow of type `w` with any input; `expects` the topics 'orders' and 'payments'. */
export function define(run: Run, fields: { type?: string; version?: number } = {}): AnyWorkflow {
  return workflow({ type: 'w', version: 1, input: NoInput, expects: ['orders', 'payments'], ...fields, run });
}

/** Asks two questions, one after the other. */
export const twoQuestions: AnyWorkflow = define(function* ({ ask }) {
  const first = yield* ask('first', { n: 1 }, Text);
  const second = yield* ask('second', { after: first }, Text);
  return { first, second };
});

/** Asks two questions at once. */
export const bothAtOnce: AnyWorkflow = define(function* ({ ask, all }) {
  return yield* all([ask('left', {}, Text), ask('right', {}, Text)]);
});

/** Sleeps an hour, then asks. */
export const sleepThenAsk: AnyWorkflow = define(function* ({ ask, sleep }) {
  yield* sleep('1h');
  return yield* ask('late', {}, Text);
});

/** Asks with a limit of ten seconds, twice. */
export const limited: AnyWorkflow = define(function* ({ ask }) {
  return yield* ask('slow', {}, Text, { timeLimit: '10s', retries: 1 });
});

/** Says which failure it caught. */
export const catching: AnyWorkflow = define(function* ({ ask }) {
  try {
    return yield* ask('risky', {}, Text, { timeLimit: '10s' });
  } catch (error) {
    if (error instanceof AnswerError) return { caught: error.code, message: error.message };
    if (error instanceof TimeLimitError) return { caught: error.code };
    throw error;
  }
});

/** Asks one question of a category. */
export const asking = (category: string, version = 1): AnyWorkflow =>
  define(
    function* ({ ask }) {
      return yield* ask(category, {}, Text);
    },
    { version },
  );
