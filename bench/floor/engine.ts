// Stands for the engine: a question and a report for each workflow, a report for each answer.
import { topics } from '../../core/mod.ts';
import { reactions } from './engine-reactions.ts';
import { relay } from './relay.ts';

await relay('engine', [topics.workflowQueue, topics.answers], reactions());
