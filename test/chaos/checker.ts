// Says whether each accepted workflow ended in exactly one bill or one visible failure, by reading the topics and the
// bills' directory. It shares no code with core/ and services/, or it would make their mistakes again.
import { createHash } from 'node:crypto';
import { expectedBill, missingIn, type Owed } from './checker-bill.ts';
import {
  type Complaint,
  type ComplaintKind,
  foldReport,
  type Seen,
  type TopicRecord,
} from './checker-reports.ts';

/** The topics that the checker reads, whole. */
export const CHECKED_TOPICS = ['workflow-events', 'dead-letters'] as const;

/** What the checker knows before it reads anything. */
export interface Asked {
  /** All that was posted, by workflow-id. */
  readonly owed: ReadonlyMap<string, Owed>;
  /** Those of them that were answered with a 202. The others may have been taken or not. */
  readonly accepted: ReadonlySet<string>;
  /** Keys of the records that were injected as broken; those that were acknowledged (true) must be dead letters. */
  readonly broken: ReadonlyMap<string, boolean>;
}

/** A file of the bills' directory. */
export interface BillFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Verdict {
  readonly accepted: number;
  readonly completed: number;
  readonly failed: number;
  /** Posted, never answered with a 202, and taken all the same: allowed, and counted apart. */
  readonly unansweredButTaken: number;
  readonly bills: number;
  /** Bills with a number of an issuer's series. */
  readonly numbered: number;
  readonly deadLetters: number;
  /** Reports that said again what one before them said. */
  readonly repeats: number;
  readonly complaints: readonly Complaint[];
  /** When each accepted workflow ended for the first time, by the log. */
  readonly endedAtMs: ReadonlyMap<string, number>;
}

/** What a writer that was killed leaves: not a bill yet, and removed by its successor after an hour. */
const TEMPORARY = /^\.requite-.*\.tmp$/;
/** What an unknown customer's workflow has to fail with. */
const UNKNOWN_CUSTOMER = 'customer-not-found';

export class Checker {
  readonly #asked: Asked;
  readonly #seen: Map<string, Seen> = new Map();
  readonly #complaints: Complaint[] = [];
  readonly #letters: Set<string> = new Set();
  #reports = 0;
  #deadLetters = 0;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /** Takes the next record of a topic, in any order of partitions, in order within each. */
  take(record: TopicRecord): void {
    if (record.topic === 'workflow-events') {
      this.#reports++;
      foldReport(record, this.#seen, this.#asked.owed, this.#complain);
    }
    if (record.topic === 'dead-letters') this.#takeLetter(record);
  }

  /** Call it when all is read. `files` are those of the bills' directory. */
  judge(files: Iterable<BillFile>): Verdict {
    const { accepted, owed } = this.#asked;
    const endedAtMs = new Map<string, number>();
    const counts = { completed: 0, failed: 0, unansweredButTaken: 0 };
    for (const workflowId of accepted) {
      const seen = this.#seen.get(workflowId);
      if (seen === undefined)
        this.#complain('missing', `${workflowId} was accepted, and nothing is told of it`);
      else if (seen.endedAtMs === null)
        this.#complain('missing', `${workflowId} was accepted and has no end: it is ${seen.lastStatus}`);
      else {
        endedAtMs.set(workflowId, seen.endedAtMs);
        counts[seen.bills.length > 0 ? 'completed' : 'failed']++;
      }
    }
    for (const [workflowId, seen] of this.#seen) {
      const each = owed.get(workflowId);
      if (each === undefined) this.#complain('extra', `${workflowId} is told of, and nobody asked for it`);
      else this.#checkEnd(each, seen);
      if (each !== undefined && !accepted.has(workflowId)) counts.unansweredButTaken++;
    }
    const numbered = this.#checkNumbers();
    const bills = this.#checkFiles(files);
    for (const [key, isThere] of this.#asked.broken)
      if (isThere && !this.#letters.has(key))
        this.#complain('dead-letter', `${key} was broken, and is no dead letter`);
    const revisions = [...this.#seen.values()].reduce((sum, seen) => sum + seen.revisions.size, 0);
    return {
      accepted: accepted.size,
      ...counts,
      bills,
      numbered,
      deadLetters: this.#deadLetters,
      repeats: this.#reports - revisions,
      complaints: this.#complaints,
      endedAtMs,
    };
  }

  readonly #complain = (kind: ComplaintKind, what: string): void =>
    void this.#complaints.push({ kind, what });

  #takeLetter({ key, headers }: TopicRecord): void {
    this.#deadLetters++;
    if (key !== null && this.#asked.broken.has(key)) {
      this.#letters.add(key);
      return;
    }
    const { 'requite-reason': reason, 'requite-origin-topic': origin } = headers;
    this.#complain('dead-letter', `${key} of ${origin} is a dead letter (${reason}), and was not broken`);
  }

  /** One end, of the right kind. */
  #checkEnd({ workflowId, customer }: Owed, { ends, bills, failures }: Seen): void {
    if (ends.size > 1 || bills.length + failures.length > 1)
      this.#complain(
        'doubled',
        `${workflowId} ended ${ends.size} times: with the bills ${bills.join(', ') || 'none'} and the failures ${failures.join(', ') || 'none'}`,
      );
    if (customer === null && bills.length > 0)
      this.#complain('extra', `${workflowId} has a bill, and its customer is nobody`);
    if (customer === null && failures.some((code) => code !== UNKNOWN_CUSTOMER))
      this.#complain('changed', `${workflowId} failed with ${failures.join(', ')}, not ${UNKNOWN_CUSTOMER}`);
    if (customer !== null && failures.length > 0)
      this.#complain('missing', `${workflowId} failed with ${failures.join(', ')}, and must have a bill`);
  }

  /** A bill is numbered by its workflow-id, or by its issuer and year: then 1 to n, each once. */
  #checkNumbers(): number {
    const series = new Map<string, number[]>();
    for (const [workflowId, { numbers }] of this.#seen)
      for (const number of numbers) {
        if (number === `B-${workflowId}`) continue;
        const [, name = '', count = ''] = /^([A-Z0-9]+-\d{4})-(\d{6,})$/.exec(number) ?? [];
        if (name === '') this.#complain('changed', `the bill of ${workflowId} has the number ${number}`);
        else series.set(name, [...(series.get(name) ?? []), Number(count)]);
      }
    for (const [name, counts] of series) {
      const wrong = counts.sort((one, other) => one - other).findIndex((count, at) => count !== at + 1);
      if (wrong >= 0)
        this.#complain('gap', `the numbers of ${name} go wrong at ${wrong + 1}, where ${counts[wrong]} is`);
    }
    return [...series.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** One file for each bill that was reported, with its bytes, and no other file. */
  #checkFiles(files: Iterable<BillFile>): number {
    const wanted = new Map<string, Owed>();
    for (const [workflowId, { bills }] of this.#seen) {
      const owed = this.#asked.owed.get(workflowId);
      if (bills.length > 0 && owed !== undefined) wanted.set(fileNameOf(workflowId), owed);
    }
    let count = 0;
    for (const { name, bytes } of files) {
      if (TEMPORARY.test(name)) continue;
      count++;
      const owed = wanted.get(name);
      wanted.delete(name);
      if (owed === undefined)
        this.#complain('extra', `there is a file ${name}, and no bill was reported for it`);
      else this.#checkFile(owed, bytes);
    }
    for (const [name, { workflowId }] of wanted)
      this.#complain('missing', `${workflowId} was reported as completed, and there is no file ${name}`);
    return count;
  }

  #checkFile(owed: Owed, bytes: Uint8Array): void {
    const { workflowId, customer } = owed;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const reported = this.#seen.get(workflowId)?.bills ?? [];
    if (!reported.includes(sha256))
      this.#complain('changed', `the file of ${workflowId} has other bytes than were reported`);
    if (customer === null) return; // said already: there must be no bill at all
    const [number = 'none'] = this.#seen.get(workflowId)?.numbers ?? [];
    const missing = missingIn(new TextDecoder().decode(bytes), expectedBill(customer, owed), number);
    if (missing.length > 0)
      this.#complain('changed', `the file of ${workflowId} lacks ${missing.slice(0, 3).join(' and ')}`);
  }
}

/** As docs/ has it: the workflow-id where that is safe as a name and no hash itself, else its SHA-256. */
export function fileNameOf(workflowId: string): string {
  const isSafe = /^[A-Za-z0-9_-]{1,128}$/.test(workflowId) && !/^[0-9a-f]{64}$/i.test(workflowId);
  return `${isSafe ? workflowId : createHash('sha256').update(workflowId).digest('hex')}.txt`;
}
