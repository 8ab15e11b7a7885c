import { type Static, Type } from '@sinclair/typebox';
import { BILL_NUMBER_CATEGORY, BillNumberQuestion } from '../billing/bill-number.ts';
import type { SchemaOf } from '../billing/schema.ts';
import { conforms } from '../messages/conforms.ts';
import { decode, misfit } from '../messages/decode.ts';
import type { Json } from '../messages/json.ts';
import type { IncomingRecord } from '../messages/record.ts';
import { MAX_ID_LENGTH, MAX_QA_IDENTIFIER_LENGTH, QuestionMessage } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { type Emitted, foldInput, type KeyedFold, type Reading } from '../view/keyed-fold.ts';
import { digitsOf, type NumberingState, numbered } from './series.ts';
import { numberingTopics } from './topics.ts';

// Bills are numbered in two steps, as invoices are: a question lies where its workflow is, and a series is counted in
// one place. So a question is put under its series first, with where its answer belongs.

const BillNumberRequestSchema = Type.Object({
  qaIdentifier: Type.String({ minLength: 1, maxLength: MAX_QA_IDENTIFIER_LENGTH }),
  /** The question's key and partition number, which its answer shall have. */
  key: Type.String({ minLength: 1, maxLength: MAX_ID_LENGTH }),
  partition: Type.Integer({ minimum: 0 }),
  payload: BillNumberQuestion,
});
/** A bill that wants a number, on `bill-number-requests`, keyed by its series. */
export type BillNumberRequest = Static<typeof BillNumberRequestSchema>;
export const BillNumberRequest: SchemaOf<BillNumberRequest> = BillNumberRequestSchema;

type Asked = Omit<BillNumberRequest, 'payload'> & { readonly payload: Json };

/** Puts each question for a bill's number under its series. It needs no state: the same question is the same request again. */
export const billNumberQuestionsFold: KeyedFold<Asked, never> = {
  name: 'bill-number-questions',
  inputs: [{ topic: topics.questions, read: readQuestion }],
  keysOf: () => [],
  fold: ({ payload, ...place }) => {
    if (conforms(BillNumberQuestion, payload)) {
      const value = { ...place, payload };
      return [
        { topic: numberingTopics.billNumberRequests, key: seriesOf(payload as BillNumberQuestion), value },
      ];
    }
    const message = misfit(BillNumberQuestion, payload);
    return [answer(place, { error: { code: 'invalid-question', message } })];
  },
};

/** Questions of other categories, which are most, are told from ours by their text; what is broken is refused by who answers those. */
function readQuestion({ key, value, partition }: IncomingRecord): Reading<Asked> {
  if (typeof value !== 'string' || !value.includes(`"${BILL_NUMBER_CATEGORY}"`)) return { kind: 'notOurs' };
  const decoded = decode<QuestionMessage>(value, QuestionMessage);
  if (!decoded.ok) return { kind: 'refused', reason: decoded.reason, detail: decoded.detail };
  const { questionCategory, qaIdentifier, payload } = decoded.value;
  if (questionCategory !== BILL_NUMBER_CATEGORY) return { kind: 'notOurs' };
  if (typeof key !== 'string' || key === '' || key.length > MAX_ID_LENGTH) {
    const detail = `a question's key is its workflow-id, of 1 to ${MAX_ID_LENGTH} characters`;
    return { kind: 'refused', reason: 'missing-key', detail };
  }
  // wherever it lies: its answer goes to the same partition
  return { kind: 'message', message: { qaIdentifier, key, partition, payload: payload as Json }, home: null };
}

/** Counts each series, and answers. What is asked again gets the number that it had. */
export const billNumbersFold: KeyedFold<BillNumberRequest, NumberingState> = {
  name: 'bill-numbers',
  inputs: [
    foldInput(numberingTopics.billNumberRequests, BillNumberRequest, {
      toMessage: (request: BillNumberRequest) => request,
      keyOf: ({ payload }: BillNumberRequest) => seriesOf(payload),
    }),
  ],
  keysOf: (request) => [seriesKey(request), billKey(request)],
  fold: (request, states) => {
    const { payload } = request;
    const given = numbered(states, {
      series: seriesKey(request),
      item: billKey(request),
      content: payload,
      give: (nth) => ({ number: billNumber(payload, nth) }),
    });
    if (given !== null) return [answer(request, { answer: { number: given.number } })];
    const detail =
      'this question was asked before about another bill, which has its number: ask about this one anew';
    return { refused: { reason: 'bill-number-conflict', detail } };
  },
};

const seriesOf = ({ issuer, year }: Pick<BillNumberQuestion, 'issuer' | 'year'>): string =>
  `${issuer}-${year}`;

/** The nth number of an issuer's year: `IE0000000A-2026-000001`. */
const billNumber = (series: BillNumberQuestion, nth: number): string =>
  `${seriesOf(series)}-${digitsOf(nth)}`;

const seriesKey = ({ payload }: BillNumberRequest): string => `series/${seriesOf(payload)}`;
const billKey = ({ qaIdentifier }: BillNumberRequest): string => `bill/${qaIdentifier}`;

function answer(
  { qaIdentifier, key, partition }: Omit<BillNumberRequest, 'payload'>,
  said: { readonly [name: string]: Json },
): Emitted {
  const value = { qaIdentifier, questionCategory: BILL_NUMBER_CATEGORY, ...said };
  return { topic: topics.answers, key, partition, value };
}
