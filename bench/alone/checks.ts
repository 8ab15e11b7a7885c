import { type TSchema, Type } from '@sinclair/typebox';
import { AnswerMessage, decode, JobReport, QuestionMessage, WorkflowMessage } from '../../core/mod.ts';
import { type BillRecords, sampleRecords } from '../floor/records.ts';

/** The kinds of records of a bill, each with the schema that its readers check it with. */
const KINDS = [
  ['workflow', WorkflowMessage],
  ['question', QuestionMessage],
  ['answer', AnswerMessage],
  ['asked', JobReport],
  ['completed', JobReport],
] as const satisfies readonly (readonly [keyof BillRecords, TSchema])[];

const ROUNDS = 9;
const RECORDS_A_ROUND = 4_000;

/** What reading a record costs, in µs of processor time: parsing with the schema's check, and without it. */
export interface CheckRow {
  readonly kind: keyof BillRecords;
  readonly checkedUs: number;
  readonly uncheckedUs: number;
}

/**
 * Reads real records of each kind through the core's `decode`, with the kind's schema and with one that takes anything;
 * of several rounds, by turns, the fastest counts: what is slower was disturbed.
 */
export function measureChecks(
  rounds: number = ROUNDS,
  records: number = RECORDS_A_ROUND,
): readonly CheckRow[] {
  const samples = sampleRecords();
  const anything = Type.Unknown();
  return KINDS.map(([kind, schema]) => {
    const texts = samples.map((sample) => sample[kind]);
    let checkedUs = Number.POSITIVE_INFINITY;
    let uncheckedUs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      checkedUs = Math.min(checkedUs, roundUs(texts, schema, records));
      uncheckedUs = Math.min(uncheckedUs, roundUs(texts, anything, records));
    }
    return { kind, checkedUs, uncheckedUs };
  });
}

/** µs a record. Throws where a real record is refused: then this is not what our services read. */
function roundUs(texts: readonly string[], schema: TSchema, records: number): number {
  const begunAt = performance.now();
  for (let at = 0; at < records; at++) {
    const decoded = decode(texts[at % texts.length] ?? '', schema);
    if (!decoded.ok) throw new Error(`a record of a bill is refused: ${decoded.detail}`);
  }
  return ((performance.now() - begunAt) * 1_000) / records;
}
