// Stands for the engine: a question and a report for each workflow, a report for each answer.
import { topics } from '../../core/mod.ts';
import { sampleRecords } from './records.ts';
import { following, relay } from './relay.ts';

const samples = sampleRecords();
let turn = 0;

await relay('engine', [topics.workflowQueue, topics.answers], (record) => {
  const sample = samples[turn++ % samples.length];
  if (sample === undefined) return [];
  if (record.topic === topics.answers) return [following(record, topics.workflowEvents, sample.completed)];
  return [
    following(record, topics.questions, sample.question),
    following(record, topics.workflowEvents, sample.asked),
  ];
});
