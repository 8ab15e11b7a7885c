import {
  billGeneration,
  billWorkflowId,
  CUSTOMER_CATEGORY,
  type Decided,
  Definitions,
  decideBatch,
  type IncomingRecord,
  type Job,
  type JobChange,
  type OutgoingRecord,
  take,
  topics,
} from '../../core/mod.ts';
import { sampleCustomers } from '../../services/crm/samples.ts';

/** The values of one bill's records on their way, as our services write them. */
export interface BillRecords {
  readonly workflow: string;
  readonly question: string;
  readonly asked: string;
  readonly answer: string;
  readonly completed: string;
}

const CREATE_TIME = '2026-01-31T12:00:00.000Z';
const RUN_ID = '20260131-120000-0123456789';

/** What a job store keeps of a bill that is done: the job with what a repeat needs, or a short mark of it. */
export type Finished = 'keep' | 'tombstone';

/** One bill for each sample customer, decided by the core itself, so that the sizes are those of real records. */
export function sampleRecords(): readonly BillRecords[] {
  return samples('keep').map(({ records }) => records);
}

/** What a job store saves of one bill: the job when its customer is asked for, and when it is done. */
export function sampleChanges(finished: Finished): readonly (readonly [JobChange, JobChange])[] {
  return samples(finished).map(({ changes }) => changes);
}

/** The same of a bill of its own: as of the `at`th sample, under this workflow-id and in this partition. */
export function changesFrom(
  finished: Finished,
): (at: number, workflowId: string, partition: number) => readonly [JobChange, JobChange] {
  const changes = sampleChanges(finished);
  return (at, workflowId, partition) => {
    const [asked, done] = changes[at % changes.length] ?? [];
    if (asked === undefined || done === undefined) throw new Error('there are no sample customers');
    const own = ({ job, ...rest }: JobChange): JobChange => ({
      ...rest,
      job: { ...job, workflowId, partition },
    });
    return [own(asked), own(done)];
  };
}

interface Sample {
  readonly records: BillRecords;
  readonly changes: readonly [JobChange, JobChange];
}

const samples = (finished: Finished): readonly Sample[] =>
  sampleCustomers.map((customer, at) => sampleFor(`c-${1000 + at}`, customer, finished));

function sampleFor(customerIdentifier: string, customer: object, finished: Finished): Sample {
  const workflowId = billWorkflowId(RUN_ID, customerIdentifier);
  const workflow = workflowText(workflowId, customerIdentifier);
  const started = decide(incoming(topics.workflowQueue, workflowId, workflow), undefined, finished);
  const question = valueOn(started.records, topics.questions);
  const { qaIdentifier } = JSON.parse(question) as { qaIdentifier: string };
  const answer = answerText(qaIdentifier, customerIdentifier, customer);
  const ended = decide(incoming(topics.answers, workflowId, answer), started.change.job, finished);
  const records: BillRecords = {
    workflow,
    question,
    asked: valueOn(started.records, topics.workflowEvents),
    answer,
    completed: valueOn(ended.records, topics.workflowEvents),
  };
  return { records, changes: [started.change, ended.change] };
}

/** A bill's workflow, as our coordinator writes it. */
export function workflowText(workflowId: string, customerIdentifier: string): string {
  return JSON.stringify({
    'workflow-type': billGeneration.type,
    'workflow-id': workflowId,
    'create-time': CREATE_TIME,
    payload: { customerIdentifier },
  });
}

/** The answer to its question, as our CRM writes it. */
export function answerText(qaIdentifier: string, customerIdentifier: string, customer: object): string {
  return JSON.stringify({
    qaIdentifier,
    questionCategory: CUSTOMER_CATEGORY,
    answer: { ...customer, customerIdentifier },
  });
}

export function incoming(topic: string, key: string, value: string): IncomingRecord {
  return { topic, partition: 0, offset: 0, key, value, headers: {}, timestampMs: 0 };
}

function decide(
  record: IncomingRecord,
  job: Job | undefined,
  finished: Finished,
): { readonly change: JobChange; readonly records: readonly OutgoingRecord[] } {
  const jobs = new Map(job === undefined ? [] : [[job.workflowId, job]]);
  const decided = decideAll([record], jobs, finished);
  const change = decided[0]?.change;
  if (!change) throw new Error(`a record of ${record.topic} changes no job: the floor must follow the core`);
  return { change, records: decided.flatMap(({ records }) => records) };
}

/** What the core decides on a batch of bills' records, with these jobs in the store. */
export function decideAll(
  records: readonly IncomingRecord[],
  jobs: ReadonlyMap<string, Job>,
  finished: Finished,
): readonly Decided[] {
  const definitions = new Definitions([billGeneration]);
  const context = { definitions, nowMs: Date.parse(CREATE_TIME), earlyWaitMs: 0, maxEarlyJobs: 0, finished };
  const taken = records.map((record) => take(record, definitions, 1));
  return decideBatch(taken, { jobs, earlyJobs: new Map() }, context).decided;
}

/** Throws where the core has published nothing on the topic: then this is no longer how a bill is made. */
function valueOn(records: readonly OutgoingRecord[], topic: string): string {
  const value = records.find((record) => record.topic === topic)?.value;
  if (typeof value !== 'string')
    throw new Error(`a bill has no record on ${topic}: the floor must follow the core`);
  return value;
}
