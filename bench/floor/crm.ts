// Stands for the CRM: an answer for each question.
import { type IncomingRecord, type OutgoingRecord, topics } from '../../core/mod.ts';
import { sampleRecords } from './records.ts';
import { following, relay } from './relay.ts';

const samples = sampleRecords();
let turn = 0;

const answered = (record: IncomingRecord): readonly OutgoingRecord[] => {
  const sample = samples[turn++ % samples.length];
  return sample === undefined ? [] : [following(record, topics.answers, sample.answer)];
};

await relay('crm', [topics.questions], answered);
