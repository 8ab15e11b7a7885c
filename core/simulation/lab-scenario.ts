import { Type } from '@sinclair/typebox';
import type { Json } from '../messages/json.ts';
import { AnswerError, type AnyWorkflow, workflow } from '../workflow/definition.ts';
import type { Expected, Outcomes, Reply, Scenario } from './options.ts';

/** The topic of the events that guests' workflows expect. */
const ARRIVALS = 'arrivals';

/** What a guest's workflow is to do: small numbers, so that every mixture comes up. */
interface Stay {
  readonly guest: number;
  /** 0: one question; 1: two after each other; 2: two at once, one with a limit; 3: a sleep; 4: an event. */
  readonly plan: number;
}

const Input = Type.Object({ guest: Type.Integer(), plan: Type.Integer() });

/** Version 2 asks for the bill under another category. */
const bill = (version: number): string => (version === 1 ? 'bill' : 'invoice');

const stay = (version: number): AnyWorkflow =>
  workflow({
    type: 'stay',
    version,
    input: Input,
    expects: [ARRIVALS],
    *run({ ask, all, sleep, expect }, { guest, plan }) {
      const room = yield* ask('room', { guest }, Type.String());
      if (plan === 0) return { room };
      if (plan === 1)
        return { room, [bill(version)]: yield* ask(bill(version), { guest, room }, Type.String()) };
      if (plan === 2) {
        try {
          const [extra, drinks] = yield* all([
            ask('extra', { guest }, Type.String()),
            ask('drinks', { guest }, Type.String(), { timeLimit: '2s', retries: guest % 2 }),
          ]);
          return { room, extra, drinks };
        } catch (error) {
          if (error instanceof AnswerError) throw error;
          return { room, drinks: 'too late' };
        }
      }
      if (plan === 3) {
        yield* sleep('3s');
        return { room, [bill(version)]: yield* ask(bill(version), { guest, room }, Type.String()) };
      }
      try {
        return { room, arrival: yield* expect(ARRIVALS, Type.String(), { timeLimit: '20s' }) };
      } catch {
        return { room, arrival: 'none' }; // its limit fired
      }
    },
  });

const REFUSED = 'no-drinks';

/** Drinks are refused to every fifth guest; else the answer names the question. */
function reply(category: string, payload: Json): Reply {
  const { guest } = payload as unknown as Stay;
  if (category === 'drinks' && guest % 5 === 4)
    return { error: { code: REFUSED, message: 'the bar is closed to this guest' } };
  return { answer: `${category} of ${guest}` };
}

/**
 * Stays at a hotel: questions one after the other and at once, with limits and repeats, refusals, sleeps, events, and a
 * second version with another question.
 */
export const labScenario: Scenario = {
  name: 'lab',
  asksOnce: true,
  deployments: [[stay(1)], [stay(2)], [stay(1), stay(2)]],
  workflow: (nth, choose) => ({ type: 'stay', payload: { guest: nth, plan: choose(5) } }),
  events: (nth) => [{ topic: ARRIVALS, value: `guest ${nth} came` }],
  reply,
  contradiction: (category, payload) => ({
    answer: `another ${category} of ${(payload as unknown as Stay).guest}`,
  }),
  expected,
};

function expected({
  version,
  payload,
  outcomes,
}: Parameters<NonNullable<Scenario['expected']>>[0]): Expected | null {
  const { plan } = payload as unknown as Stay;
  const room = textOf(outcomes, 'room');
  if (plan === 0) return completed({ room });
  if (plan === 1 || plan === 3) return completed({ room, [bill(version)]: textOf(outcomes, bill(version)) });
  // with or without the event: that is as the log's time has it
  if (plan === 4) return null;
  const drinks = outcomes.get('drinks');
  if (drinks === null) return completed({ room, drinks: 'too late' });
  if (drinks !== undefined && 'error' in drinks) return { status: 'failed', code: drinks.error.code };
  return completed({ room, extra: textOf(outcomes, 'extra'), drinks: textOf(outcomes, 'drinks') });
}

const completed = (result: Json): Expected => ({ status: 'completed', result });

function textOf(outcomes: Outcomes, category: string): Json {
  const outcome = outcomes.get(category);
  return outcome !== undefined && outcome !== null && 'answer' in outcome ? outcome.answer : null;
}
