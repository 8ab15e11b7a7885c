import { type IncomingRecord, type OutgoingRecord, topics } from '../../core/mod.ts';
import { sampleRecords } from './records.ts';
import { following } from './relay.ts';

/** What an engine publishes for a record: a question and a report for each workflow, a report for each answer. */
export function reactions(): (record: IncomingRecord) => readonly OutgoingRecord[] {
  const samples = sampleRecords();
  let turn = 0;
  return (record) => {
    const sample = samples[turn++ % samples.length];
    if (sample === undefined) return [];
    if (record.topic === topics.answers) return [following(record, topics.workflowEvents, sample.completed)];
    return [
      following(record, topics.questions, sample.question),
      following(record, topics.workflowEvents, sample.asked),
    ];
  };
}
