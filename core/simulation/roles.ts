import { partitionFor } from '../messages/partitioner.ts';
import type { IncomingRecord, OutgoingRecord } from '../messages/record.ts';
import { topics } from '../messages/topics.ts';
import type { Consumer } from '../messages/transport.ts';
import { offsetsAfter, type Processor } from '../processing/processor.ts';
import { addTo, type Ledger } from '../workflow/ledger.ts';
import type { Reply, Scenario } from './options.ts';
import { GROUPS, RUNS } from './oracle.ts';

/** A run, as accepted: workflows to be published. */
export interface Run {
  readonly ids: readonly string[];
  readonly workflows: readonly { readonly type: string; readonly payload: unknown }[];
}

/** Publishes what was accepted, as the coordinator of the lab does: the run counts as read once its workflows are out. */
export function coordinatorProcessor(partitions: number): Processor {
  return {
    group: GROUPS.coordinators,
    topics: [RUNS],
    asideReason: 'processing-failed',
    handle: async (records, consumer) => {
      const published = records.flatMap(({ value }) => {
        const { ids, workflows } = JSON.parse(String(value)) as Run;
        return ids.map((id, at) => workflowRecord(id, workflows[at], partitions));
      });
      await consumer.commit({ records: published, offsets: offsetsAfter(records) });
      return applied(records);
    },
  };
}

/** A workflow's record at home. */
function workflowRecord(
  id: string,
  what: Run['workflows'][number] | undefined,
  partitions: number,
): OutgoingRecord {
  const value = JSON.stringify({
    'workflow-type': what?.type,
    'workflow-id': id,
    'create-time': '2026-01-01T00:00:00Z',
    payload: what?.payload,
  });
  return { topic: topics.workflowQueue, partition: partitionFor(id, partitions), key: id, value };
}

/** A question as an answerer reads it. */
interface Question {
  readonly qaIdentifier: string;
  readonly questionCategory: string;
  readonly payload: never;
}

/** What goes with the answers: others, or a wait before they go. */
export type Misbehaviour = (answers: OutgoingRecord[], records: readonly IncomingRecord[]) => Promise<void>;

/** Answers every question as the scenario says, and does what faults make it do. */
export function answererProcessor(scenario: Scenario, misbehave: Misbehaviour): Processor {
  return {
    group: GROUPS.answerers,
    topics: [topics.questions],
    asideReason: 'processing-failed',
    handle: async (records: readonly IncomingRecord[], consumer: Consumer) => {
      const answered: IncomingRecord[] = [];
      const answers = records.flatMap((record) => {
        const { questionCategory, payload } = JSON.parse(String(record.value)) as Question;
        const reply = scenario.reply(questionCategory, payload);
        if (reply === null) return [];
        answered.push(record);
        return [answerRecord(record, reply)];
      });
      await misbehave(answers, answered);
      await consumer.commit({ records: answers, offsets: offsetsAfter(records) });
      return applied(records);
    },
  };
}

/** An answer, on the partition number and with the key of its question. */
export function answerRecord({ partition, key, value }: IncomingRecord, reply: Reply): OutgoingRecord {
  const { qaIdentifier } = JSON.parse(String(value)) as Question;
  return { topic: topics.answers, partition, key, value: JSON.stringify({ qaIdentifier, ...reply }) };
}

function applied(records: readonly IncomingRecord[]): Ledger {
  const ledger: Ledger = {};
  for (const { topic } of records) addTo(ledger, topic, 'applied');
  return ledger;
}
