import type { Database } from 'bun:sqlite';
import {
  AUDITED_TOPICS,
  type AuditTotals,
  addStanding,
  type Fault,
  type GroupStanding,
  isException,
  type LogAdmin,
  noTotals,
  type Passed,
  partitionFor,
  standingOf,
  type Transport,
  TransportError,
  topics,
  type WorkflowFacts,
  type WorkflowStanding,
} from '../../../core/mod.ts';
import { endsOf, readToEnd } from '../read-to-end.ts';
import { BillFiles, type BillFilesTally } from './bill-files.ts';
import { BillNumbers, type SeriesTally } from './bill-numbers.ts';
import { allFacts, foldIntoLedger, LEDGER_DDL, type LetterCount, letterCounts } from './ledger-tables.ts';
import { type TopicAccount, topicAccounts } from './topic-accounts.ts';

const BATCH = 5_000;
/** The group that writes the files of bills. */
const BILL_WRITER = 'bill-writer';

export interface AuditOptions {
  readonly transport: Transport;
  readonly admin: Pick<LogAdmin, 'groups' | 'topics'>;
  /** An empty database, the audit's own, for what it keeps of each workflow. */
  readonly db: Database;
  /** The group that serves each type of workflow, where that is known. */
  readonly groups: Readonly<Record<string, string>>;
  /** The bills' directory, where it is to be audited too. */
  readonly billsDir: string | null;
  /** At most so many exceptions are listed, those with faults first. */
  readonly exceptions: number;
}

/** A workflow, or a file, that somebody may want to look at. */
export interface AuditException {
  /** Null for a file that no workflow has, and for numbers. */
  readonly workflowId: string | null;
  readonly workflowType: string | null;
  readonly state: string;
  readonly reason: string;
  readonly questions: readonly Pick<
    WorkflowStanding['questions'][number],
    'qaIdentifier' | 'category' | 'state' | 'reason' | 'error'
  >[];
  readonly faults: readonly Fault[];
}

export interface AuditReport {
  readonly partitions: number;
  readonly totals: AuditTotals;
  readonly topics: readonly TopicAccount[];
  /** Dead letters, by the topic that they came from and the reason. */
  readonly letters: readonly LetterCount[];
  readonly bills: BillFilesTally | null;
  /** By issuer and year. */
  readonly numbers: readonly SeriesTally[];
  /** Whether there is no fault, and each record that was seen ended in one place. */
  readonly addsUp: boolean;
  readonly exceptions: readonly AuditException[];
  /** How many there are beside those listed. */
  readonly unlisted: number;
}

/**
 * Audits a log as it is now, while services may go on. What groups have committed is read first, then the files, then
 * the log up to its ends: so whatever was committed or written must show on what is read (invariant 5).
 */
export async function auditLog(options: AuditOptions): Promise<AuditReport> {
  const { transport, admin, db, billsDir } = options;
  const groups = await admin.groups();
  const files = billsDir === null ? null : await BillFiles.read(db, billsDir);
  db.run(LEDGER_DDL);
  const partitions = await readAll(transport, db);
  const standings = await admin.topics();
  const faulty: AuditException[] = [];
  const others: AuditException[] = [];
  const note = (exception: AuditException): void => {
    const list = exception.faults.length > 0 ? faulty : others;
    if (list.length < options.exceptions) list.push(exception);
  };
  const totals = noTotals();
  const numbers = new BillNumbers(db);
  for (const [workflowId, facts] of allFacts(db)) {
    const partition = partitionFor(workflowId, partitions);
    const passed = passedBy(groups, options.groups, partition);
    const standing = withFile(standingOf(workflowId, facts, passed), facts, files, groups, partition);
    addStanding(totals, standing, facts);
    numbers.add(standing, facts);
    if (isException(standing)) note(exceptionOf(standing));
  }
  for (const name of files?.extras(options.exceptions) ?? []) note(extraFile(name));
  const extra = files?.tally.extra ?? 0;
  const numberFaults = numbers.faults();
  for (const fault of numberFaults) note(withoutWorkflow('numbers', fault));
  totals.faults += extra + numberFaults.length;
  totals.exceptions += extra + numberFaults.length;
  const listed = [...faulty, ...others].slice(0, options.exceptions);
  const accounts = topicAccounts(db, totals, standings);
  return {
    partitions,
    totals,
    topics: accounts,
    letters: letterCounts(db),
    bills: files?.tally ?? null,
    numbers: numbers.tallies(),
    addsUp: totals.faults === 0 && accounts.every(({ addsUp }) => addsUp),
    exceptions: listed,
    unlisted: totals.exceptions - listed.length,
  };
}

/** Folds the audited topics up to their ends as they are now; gives their partition count. */
async function readAll(transport: Transport, db: Database): Promise<number> {
  const found = await Promise.all(
    AUDITED_TOPICS.map(async (topic) => ({ topic, ends: await endsOf(transport, topic) })),
  );
  const there = found.flatMap(({ topic, ends }) => (ends === null ? [] : [{ topic, ends }]));
  const [first] = there;
  if (first === undefined)
    throw new TransportError('unknown-topic', 'None of our topics is there: nothing has run here yet.');
  const partitions = first.ends.length;
  const ends = new Map(there.map(({ topic, ends: each }) => [topic, each]));
  for await (const records of readToEnd(transport, ends, { maxRecords: BATCH }))
    db.transaction(() => foldIntoLedger(db, records, partitions))();
  return partitions;
}

/** Up to where the group of a type has committed the partition. */
function passedBy(
  groups: readonly GroupStanding[],
  groupOf: Readonly<Record<string, string>>,
  partition: number,
): Passed {
  return (topic, workflowType) => {
    const name = Object.hasOwn(groupOf, workflowType) ? groupOf[workflowType] : undefined;
    return name === undefined ? null : committedBy(groups, name, topic, partition);
  };
}

function committedBy(
  groups: readonly GroupStanding[],
  name: string,
  topic: string,
  partition: number,
): number | null {
  const group = groups.find((each) => each.group === name);
  const position = group?.committed.find((each) => each.topic === topic && each.partition === partition);
  return position?.offset ?? null;
}

function withFile(
  standing: WorkflowStanding,
  facts: WorkflowFacts,
  files: BillFiles | null,
  groups: readonly GroupStanding[],
  partition: number,
): WorkflowStanding {
  if (files === null || standing.bill === null) return standing;
  const written = committedBy(groups, BILL_WRITER, topics.workflowEvents, partition) ?? 0;
  const fault = files.check(
    standing.workflowId,
    standing.bill,
    (facts.job?.end?.offset ?? written) < written,
  );
  return fault === null ? standing : { ...standing, faults: [...standing.faults, fault] };
}

/** A standing as it is listed. */
export function exceptionOf({
  workflowId,
  workflowType,
  state,
  reason,
  questions,
  faults,
}: WorkflowStanding): AuditException {
  const odd = questions.filter((question) => question.state !== 'answered');
  const said = odd.map((question) => `question ${question.step} is ${question.state}: ${question.reason}`);
  const reasons = [...(reason === null ? [] : [reason]), ...said, ...faults.map(({ detail }) => detail)];
  return {
    workflowId,
    workflowType,
    state,
    reason: reasons.join('; ').slice(0, MAX_REASON_LENGTH),
    questions: odd
      .slice(0, MAX_QUESTIONS_LISTED)
      .map(({ qaIdentifier, category, state: of, reason: why, error }) => ({
        qaIdentifier,
        category,
        state: of,
        reason: why,
        error,
      })),
    faults: faults.slice(0, MAX_QUESTIONS_LISTED),
  };
}

/** Of one workflow so many questions and faults are listed. */
const MAX_QUESTIONS_LISTED = 20;
const MAX_REASON_LENGTH = 1_000;

const extraFile = (name: string): AuditException => {
  const detail = `${name} is in the directory, and no bill of the log has that file`;
  return withoutWorkflow('file', { code: 'bill-extra', detail });
};

const withoutWorkflow = (state: string, fault: Fault): AuditException => ({
  workflowId: null,
  workflowType: null,
  state,
  reason: fault.detail,
  questions: [],
  faults: [fault],
});
