// The checker must be able to fail. A run that went well was recorded (fixtures/recorded.json: a real Kafka, with
// duplicates and a broken record); each test plants one fault in the recording.
import { describe, expect, test } from 'bun:test';
import { type BillFile, Checker, fileNameOf, type Verdict } from './checker.ts';
import type { Owed } from './checker-bill.ts';
import type { TopicRecord } from './checker-reports.ts';
import recorded from './fixtures/recorded.json' with { type: 'json' };
import { makePlan } from './plan.ts';

const plan = makePlan(35, 8);
const owed = new Map(
  plan.runs.flatMap(({ runId, billDate, customerIdentifiers }) =>
    customerIdentifiers.map((id): [string, Owed] => {
      const workflowId = `${runId}_${id}`;
      return [workflowId, { workflowId, billDate, customer: plan.customers.get(id) ?? null }];
    }),
  ),
);
const records: readonly TopicRecord[] = recorded.records.map(({ headers, ...record }) => ({
  ...record,
  headers: Object.fromEntries(
    Object.entries(headers).filter((each): each is [string, string] => each[1] !== undefined),
  ),
}));
const bills: readonly BillFile[] = Object.entries(recorded.bills).map(([name, text]) => ({
  name,
  bytes: new TextEncoder().encode(text),
}));
/** One with a bill under a plain name. */
const VICTIM = 'chaos-35-1_c-2';
const NOBODY = [...owed.values()].find(({ customer }) => customer === null)?.workflowId ?? '';

interface Recording {
  readonly records?: readonly TopicRecord[];
  readonly bills?: readonly BillFile[];
  readonly accepted?: ReadonlySet<string>;
  readonly owed?: ReadonlyMap<string, Owed>;
  readonly broken?: ReadonlyMap<string, boolean>;
}

function verdictOn(changed: Recording): Verdict {
  const all = changed.owed ?? owed;
  const checker = new Checker({
    owed: all,
    accepted: changed.accepted ?? new Set(all.keys()),
    broken: changed.broken ?? new Map([['chaos-broken-0', true]]),
  });
  for (const record of changed.records ?? records) checker.take(record);
  return checker.judge(changed.bills ?? bills);
}

const complaintsOn = (changed: Recording): readonly string[] =>
  verdictOn(changed).complaints.map(({ kind, what }) => `${kind}: ${what}`);

/** The report by which the workflow ended, once. */
function endOf(workflowId: string): { readonly record: TopicRecord; readonly report: Report } {
  for (const record of records) {
    if (record.topic !== 'workflow-events' || record.key !== workflowId) continue;
    const report = JSON.parse(record.value ?? '') as Report;
    if (['completed', 'failed'].includes(report.status)) return { record, report };
  }
  throw new Error(`the recording has no end of ${workflowId}`);
}

interface Report {
  readonly revision: number;
  readonly status: string;
  readonly events: readonly {
    readonly event: string;
    readonly result?: { sha256: string; bill: { total: string } };
  }[];
}

const withResult = (
  report: Report,
  change: (result: { sha256: string; bill: { total: string } }) => object,
): Report => ({
  ...report,
  events: report.events.map((each) =>
    each.result === undefined ? each : ({ ...each, result: change(each.result) } as typeof each),
  ),
});

const saying = (record: TopicRecord, report: object): TopicRecord => ({
  ...record,
  value: JSON.stringify(report),
});
const isOf =
  (workflowId: string) =>
  ({ key, topic }: TopicRecord): boolean =>
    topic === 'workflow-events' && key === workflowId;

test('finds nothing wrong with a run that went well, and counts it', () => {
  expect(verdictOn({})).toMatchObject({ accepted: 8, completed: 7, failed: 1, bills: 7, complaints: [] });
  expect(verdictOn({}).repeats).toBeGreaterThan(0);
  expect(verdictOn({}).endedAtMs.size).toBe(8);
});

describe('is told by what is missing', () => {
  test('a bill of which there is no file', () => {
    const left = bills.filter(({ name }) => name !== fileNameOf(VICTIM));
    expect(complaintsOn({ bills: left })).toEqual([
      `missing: ${VICTIM} was reported as completed, and there is no file ${VICTIM}.txt`,
    ]);
  });

  test('a workflow that was accepted and of which nothing is told', () => {
    const [complaint] = complaintsOn({ records: records.filter((record) => !isOf(VICTIM)(record)) });
    expect(complaint).toBe(`missing: ${VICTIM} was accepted, and nothing is told of it`);
  });

  test('a workflow that never ended', () => {
    const { report } = endOf(VICTIM);
    const begun = records.filter(
      (record) => !isOf(VICTIM)(record) || JSON.parse(record.value ?? '').revision < report.revision,
    );
    expect(complaintsOn({ records: begun })[0]).toBe(
      `missing: ${VICTIM} was accepted and has no end: it is waiting`,
    );
  });

  test('a whole run that was accepted and lost', () => {
    const lost = plan.runs[0]?.runId ?? '';
    const found = complaintsOn({
      records: records.filter(({ key }) => !key?.startsWith(`${lost}_`)),
      bills: bills.filter(
        ({ name }) => ![...owed.keys()].some((id) => id.startsWith(lost) && fileNameOf(id) === name),
      ),
    });
    expect(found).toHaveLength(plan.runs[0]?.customerIdentifiers.length ?? 0);
    expect(found.every((each) => each.includes('nothing is told of it'))).toBe(true);
  });

  test('a failure where there must be a bill', () => {
    const { record, report } = endOf(VICTIM);
    const error = { code: 'out-of-luck', message: '' };
    const failed = saying(record, { ...report, status: 'failed', events: [{ event: 'failed', error }] });
    const others = records.filter((each) => !isOf(VICTIM)(each));
    expect(complaintsOn({ records: [...others, failed] })[0]).toBe(
      `missing: ${VICTIM} failed with out-of-luck, and must have a bill`,
    );
  });
});

describe('is told by what is too much', () => {
  test('a file that no report tells of', () => {
    const extra = { name: 'chaos-35-1_c-77.txt', bytes: new Uint8Array() };
    expect(complaintsOn({ bills: [...bills, extra] })).toEqual([
      'extra: there is a file chaos-35-1_c-77.txt, and no bill was reported for it',
    ]);
  });

  test('a workflow that nobody asked for', () => {
    const known = new Map([...owed].filter(([workflowId]) => workflowId !== VICTIM));
    expect(complaintsOn({ owed: known })).toContain(`extra: ${VICTIM} is told of, and nobody asked for it`);
  });

  test('a bill for a customer whom nobody knows', () => {
    const { record, report } = endOf(VICTIM);
    const bill = saying({ ...record, key: NOBODY }, { ...report, 'workflow-id': NOBODY });
    const others = records.filter((each) => !isOf(NOBODY)(each));
    expect(complaintsOn({ records: [...others, bill] })).toContain(
      `extra: ${NOBODY} has a bill, and its customer is nobody`,
    );
  });

  test('a dead letter of a record that was not broken, or none of one that was', () => {
    expect(complaintsOn({ broken: new Map() })[0]).toContain(
      'chaos-broken-0 of workflow-queue is a dead letter',
    );
    const broken = new Map([
      ['chaos-broken-0', true],
      ['chaos-broken-1', true],
      ['chaos-broken-2', false],
    ]);
    expect(complaintsOn({ broken })).toEqual([
      'dead-letter: chaos-broken-1 was broken, and is no dead letter',
    ]);
  });
});

describe('is told by what has changed', () => {
  test('one byte of a file', () => {
    const touched = bills.map(({ name, bytes }) =>
      name === fileNameOf(VICTIM) ? { name, bytes: bytes.with(bytes.length - 2, 33) } : { name, bytes },
    );
    expect(complaintsOn({ bills: touched })).toEqual([
      `changed: the file of ${VICTIM} has other bytes than were reported`,
    ]);
  });

  test('a second completion with another hash', () => {
    const { record, report } = endOf(VICTIM);
    const again = withResult({ ...report, revision: report.revision + 1 }, (result) => ({
      ...result,
      sha256: '0'.repeat(64),
    }));
    const [complaint] = complaintsOn({ records: [...records, saying(record, again)] });
    expect(complaint).toStartWith(`doubled: ${VICTIM} ended 2 times: with the bills `);
  });

  test('one revision told in two ways', () => {
    const { record, report } = endOf(VICTIM);
    const other = withResult(report, (result) => ({ ...result, sha256: '0'.repeat(64) }));
    expect(complaintsOn({ records: [...records, saying(record, other)] })).toContain(
      `changed: ${VICTIM} has two contents in revision ${report.revision}`,
    );
  });

  test('a bill that is wrong by a cent, in report and file alike', () => {
    const { report } = endOf(VICTIM);
    const total = report.events.find(({ result }) => result !== undefined)?.result?.bill.total ?? '';
    const wrong = `${total.slice(0, -1)}${(Number(total.at(-1)) + 1) % 10}`;
    const others = records.map((record) => {
      if (!isOf(VICTIM)(record)) return record;
      const told = JSON.parse(record.value ?? '') as Report;
      return saying(
        record,
        withResult(told, (result) => ({ ...result, bill: { ...result.bill, total: wrong } })),
      );
    });
    expect(complaintsOn({ records: others })).toContain(
      `changed: the bill of ${VICTIM} has other total than it must`,
    );
  });

  test('a gap in the numbers of an issuer, and a number of no series', () => {
    const numbered = (number: string) =>
      records.map((record) => {
        if (!isOf(VICTIM)(record)) return record;
        const told = JSON.parse(record.value ?? '') as Report;
        const change = (result: { sha256: string; bill: { total: string } }): object => ({
          ...result,
          bill: { ...result.bill, billNumber: number },
        });
        return saying(record, withResult(told, change));
      });
    expect(complaintsOn({ records: numbered('IE1-2026-000002') })).toContain(
      'gap: the numbers of IE1-2026 go wrong at 1, where 2 is',
    );
    expect(complaintsOn({ records: numbered('IE1-2026-000001') }).join()).not.toContain('gap: ');
    expect(verdictOn({ records: numbered('IE1-2026-000001') }).numbered).toBe(1);
    expect(complaintsOn({ records: numbered('7') })).toContain(
      `changed: the bill of ${VICTIM} has the number 7`,
    );
  });

  test('a workflow whose records lie in two partitions', () => {
    const { record } = endOf(VICTIM);
    const moved = { ...record, partition: record.partition + 1 };
    expect(complaintsOn({ records: [...records, moved] })).toEqual([
      `changed: ${VICTIM} is told of in partitions ${record.partition} and ${record.partition + 1}`,
    ]);
  });

  test('a record that is no report', () => {
    const { record } = endOf(VICTIM);
    expect(complaintsOn({ records: [...records, { ...record, value: '{"workflow-id":' }] })).toEqual([
      `unreadable: workflow-events has a record that is no report, under the key ${VICTIM}`,
    ]);
  });
});

test('lets pass what a crash may leave: a temporary file, and a run that was taken though nobody was told', () => {
  const leftOver = { name: '.requite-7f2d.tmp', bytes: new Uint8Array() };
  const verdict = verdictOn({
    bills: [...bills, leftOver],
    accepted: new Set([...owed.keys()].filter((workflowId) => workflowId !== VICTIM)),
  });
  expect(verdict).toMatchObject({ accepted: 7, unansweredButTaken: 1, bills: 7, complaints: [] });
});
