// What `workflow-events` says of each workflow, folded as it is read: hashes and times stay, not the records.
import { createHash } from 'node:crypto';
import { differences, expectedBill, type Owed } from './checker-bill.ts';

/** A record as any Kafka client gives it. */
export interface TopicRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** When it was published, in milliseconds since 1970. */
  readonly timestampMs: number;
}

/** What the checker has seen of one workflow. */
export interface Seen {
  readonly partition: number;
  /** By revision: the hash of the report without its time. */
  readonly revisions: Map<number, string>;
  /** The SHA-256 that a bill must have, of each completion that differs from those before. */
  readonly bills: string[];
  /** The numbers of its bills, each once. */
  readonly numbers: string[];
  /** The codes of failures, each once. */
  readonly failures: string[];
  /** The revisions that ended it. */
  readonly ends: Set<number>;
  lastStatus: string;
  /** When it ended for the first time; null while it has not. */
  endedAtMs: number | null;
}

interface Report {
  readonly 'workflow-id': string;
  readonly revision: number;
  readonly time: string;
  readonly status: string;
  readonly events: readonly {
    readonly event: string;
    readonly result?: { readonly bill?: unknown; readonly renderer?: string; readonly sha256?: string };
    readonly error?: { readonly code: string };
  }[];
}

export type Complain = (kind: ComplaintKind, what: string) => void;

/** What can be wrong. `changed`: what was said once is said in another way, or is not what it must be. */
export type ComplaintKind =
  | 'missing'
  | 'extra'
  | 'changed'
  | 'doubled'
  | 'gap'
  | 'dead-letter'
  | 'unreadable';

export interface Complaint {
  readonly kind: ComplaintKind;
  readonly what: string;
}

/** Folds one record of `workflow-events`. */
export function foldReport(
  record: TopicRecord,
  seen: Map<string, Seen>,
  owed: ReadonlyMap<string, Owed>,
  complain: Complain,
): void {
  const report = readReport(record.value);
  if (report === null) {
    complain('unreadable', `workflow-events has a record that is no report, under the key ${record.key}`);
    return;
  }
  const workflowId = report['workflow-id'];
  const one = seen.get(workflowId) ?? first(record.partition, report.status);
  seen.set(workflowId, one);
  if (one.partition !== record.partition)
    complain('changed', `${workflowId} is told of in partitions ${one.partition} and ${record.partition}`);
  if (record.key !== workflowId) complain('changed', `${workflowId} is told of under the key ${record.key}`);
  const { time: _, ...content } = report;
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('base64');
  const before = one.revisions.get(report.revision);
  if (before !== undefined) {
    if (before !== hash) complain('changed', `${workflowId} has two contents in revision ${report.revision}`);
    if (before === hash) return; // a repeat, which changes nothing
  }
  one.revisions.set(report.revision, hash);
  one.lastStatus = report.status;
  foldEnds(report, one, { owed: owed.get(workflowId), atMs: record.timestampMs, complain });
}

interface Context {
  readonly owed: Owed | undefined;
  readonly atMs: number;
  readonly complain: Complain;
}

function foldEnds(report: Report, one: Seen, { owed, atMs, complain }: Context): void {
  const workflowId = report['workflow-id'];
  for (const { event, result, error } of report.events) {
    if (event !== 'completed' && event !== 'failed' && event !== 'cancelled') continue;
    one.ends.add(report.revision);
    one.endedAtMs ??= atMs;
    if (event === 'completed') {
      const sha256 = result?.sha256 ?? 'none';
      if (!one.bills.includes(sha256)) one.bills.push(sha256);
      const number = numberOf(result?.bill);
      if (!one.numbers.includes(number)) one.numbers.push(number);
      checkBill(workflowId, result?.bill, owed, complain);
    } else {
      const code = error?.code ?? event;
      if (!one.failures.includes(code)) one.failures.push(code);
    }
  }
}

function numberOf(bill: unknown): string {
  const { billNumber } = (bill ?? {}) as { readonly billNumber?: unknown };
  return typeof billNumber === 'string' ? billNumber : 'none';
}

function checkBill(workflowId: string, bill: unknown, owed: Owed | undefined, complain: Complain): void {
  if (owed === undefined || owed.customer === null) return; // said elsewhere: nobody asked for it, or it has to fail
  const wrong = differences(bill, expectedBill(owed.customer, owed));
  if (wrong.length > 0)
    complain('changed', `the bill of ${workflowId} has other ${wrong.join(', ')} than it must`);
}

const first = (partition: number, status: string): Seen => ({
  partition,
  revisions: new Map(),
  bills: [],
  numbers: [],
  failures: [],
  ends: new Set(),
  lastStatus: status,
  endedAtMs: null,
});

function readReport(value: string | null): Report | null {
  if (value === null) return null;
  try {
    const report = JSON.parse(value) as Partial<Report> | null;
    const isReport = typeof report?.['workflow-id'] === 'string' && Array.isArray(report.events);
    return isReport ? (report as Report) : null;
  } catch {
    return null; // no JSON: the caller says so
  }
}
