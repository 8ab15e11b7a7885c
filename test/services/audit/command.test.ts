import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '../../../core/mod.ts';
import { readAuditArguments, runAudit } from '../../../services/platform/audit/command.ts';
import { UsageError } from '../../../services/platform/topics/arguments.ts';
import { runCommand, type Said } from '../../support/run-command.ts';
import { until } from '../../support/until.ts';
import { BillingBench, said } from '../dead-letters/support.ts';

let bench: BillingBench;
beforeEach(async () => {
  bench = await BillingBench.make();
});
afterEach(() => bench.close());

const groups = { 'bill-generation': 'engine' };
const audit = (line = ''): Promise<Said> => {
  const command = readAuditArguments(line.split(' ').filter((word) => word !== ''));
  const { signal } = new AbortController();
  return said((output) => runAudit(command, bench.settings, { ...output, groups, stopped: signal }));
};
// biome-ignore lint/suspicious/noExplicitAny: a report's JSON is looked at field by field
const report = async (line = ''): Promise<any> => JSON.parse((await audit(`${line} --json`)).out);
// biome-ignore lint/suspicious/noExplicitAny: as above
const topicOf = (found: any, topic: string) =>
  found.topics.find((each: { topic: string }) => each.topic === topic);
const fileOf = (name: string): string => join(bench.settings.billsDir, name);

/** Bills that are made and written. */
async function billed(...ids: readonly string[]): Promise<void> {
  await bench.startEngine();
  await bench.startAnswers();
  for (const id of ids) await bench.request(id);
  await until('the bills', () => bench.bills().length === ids.length);
}

test('a log on which all is well adds up: each workflow, each question, each record, each file', async () => {
  await billed('a', 'b', 'c');
  await bench.stopAll();
  const { status, out } = await audit('--bills');
  expect(status).toBe(0);
  expect(out).toContain('3 workflows: 6 questions asked, 6 answered; 3 completed, 3 of them with a bill');
  expect(out).toContain('3 files; 3 as the log says, 0 missing, 0 with other bytes, 0 of no bill');
  expect(out).toContain('The sums add up.');
  expect(out).toMatch(/NUMBERS +BILLS +FIRST +LAST +MISSING +DOUBLED\n.* 3 +1 +3 +0 +0\n/);
  const found = await report();
  expect(topicOf(found, topics.workflowEvents)).toMatchObject({
    records: 9,
    ended: { applied: 9 },
    addsUp: true,
  });
  expect([found.exceptions, found.unlisted, found.bills]).toEqual([[], 0, null]);
});

test('says where every record ended, whatever somebody put on the topics (invariant 6)', async () => {
  await billed('a');
  const answers = await bench.records(topics.answers);
  const value = String(answers[0]?.value);
  await bench.publish(topics.answers, 'a', value);
  await bench.publish(topics.answers, 'a', value.replace('"answer":{', '"answer":{"other":1,'));
  await bench.publish(topics.answers, 'a', 'no JSON');
  await bench.publish(topics.answers, 'a', '{"qaIdentifier":"of others","answer":1}');
  await bench.publish(topics.answers, 'x', '{"qaIdentifier":"bill-generation/x/0","answer":1}');
  await bench.request('a');
  await bench.request('a', { customerIdentifier: '2' });
  await bench.request('bad', {});
  await until('what is refused', async () => (await bench.records(topics.deadLetters)).length === 4);
  const found = await report();
  expect(topicOf(found, topics.answers)).toMatchObject({
    records: 7,
    ended: { applied: 2, repeats: 1, contradictions: 1, unreadable: 1, 'not-ours': 1, orphaned: 1 },
    deadLetters: 2,
    addsUp: true,
  });
  expect(topicOf(found, topics.workflowQueue)).toMatchObject({
    records: 4,
    ended: { applied: 1, repeats: 1, conflicts: 1, refused: 1 },
    addsUp: true,
  });
  expect(found.letters).toContainEqual({
    topic: topics.answers,
    reason: 'contradicts-first-answer',
    count: 1,
  });
  expect(
    found.exceptions.map(({ workflowId, state }: { workflowId: string; state: string }) => [
      workflowId,
      state,
    ]),
  ).toEqual([
    ['a', 'completed'],
    ['bad', 'refused'],
    ['x', 'unknown'],
  ]);
  expect([found.addsUp, found.totals.faults]).toEqual([true, 0]);
}, 60_000);

test('a file that is missing, has other bytes or is of no bill is a fault, and exits with 1', async () => {
  await billed('a', 'b', 'c');
  await bench.stopAll();
  rmSync(fileOf('a.txt'));
  writeFileSync(fileOf('b.txt'), `${readFileSync(fileOf('b.txt'), 'utf8')} `);
  writeFileSync(fileOf('d.txt'), 'never asked for');
  const { status, out } = await audit('--bills');
  expect(status).toBe(1);
  expect(out).toContain("The sums DON'T add up: 3 faults");
  const found = await report('--bills');
  expect(found.bills).toMatchObject({ files: 3, matching: 1, missing: 1, differing: 1, extra: 1 });
  expect(
    found.exceptions.flatMap(({ faults }: { faults: { code: string }[] }) => faults.map(({ code }) => code)),
  ).toEqual(['bill-missing', 'bill-differs', 'bill-extra']);
  expect((await audit()).status).toBe(0);
});

test('a bill that the writer has not come to is no fault; a request that the engines went past without a trace is one', async () => {
  await billed('a');
  await bench.stopAll();
  const [completed] = (await bench.records(topics.workflowEvents)).slice(-1);
  const other = String(completed?.value)
    .replaceAll('"workflow-id":"a"', '"workflow-id":"later"')
    .replaceAll('-000001"', '-000002"');
  await bench.publish(topics.workflowEvents, 'later', other);
  expect(await report('--bills')).toMatchObject({ bills: { unwritten: 1, missing: 0 }, addsUp: true });
  // committed by the engines' group, and nothing else was done for it
  await bench.request('lost');
  const { transport } = bench.backing;
  const member = await transport.join({ group: 'engine', topics: [topics.workflowQueue] });
  await until('the request to be taken', async () => {
    const records = await member.poll({ maxRecords: 10, waitMs: 100 });
    for (const { topic, partition, offset, key } of records) {
      await member.commit({ records: [], offsets: [{ topic, partition, offset: offset + 1 }] });
      if (key === 'lost') return true;
    }
    return false;
  });
  await member.close();
  const { status, out } = await audit();
  expect([status, out]).toEqual([1, expect.stringContaining('FAULT request-passed-over')]);
});

test('lists as many exceptions as it is told, and says how many more there are', async () => {
  for (const id of ['a', 'b', 'c']) await bench.request(id);
  const found = await report('--exceptions 2');
  expect([found.exceptions.length, found.unlisted]).toEqual([2, 1]);
  expect((await audit('--exceptions 0')).out).toContain('3 more exceptions: --exceptions N lists so many');
});

test('leaves nothing behind, and makes nothing where there is no log', async () => {
  const { dataDir } = bench.settings;
  const scratch = join(dataDir, 'scratch');
  const nowhere = join(dataDir, 'nowhere');
  mkdirSync(scratch);
  await bench.request('a');
  const [own, none, usage, help] = await Promise.all([
    runCommand('audit', [], { DATA_DIR: dataDir, TMPDIR: scratch }),
    runCommand('audit', [], { DATA_DIR: nowhere }),
    runCommand('audit', ['--frob'], {}),
    runCommand('audit', ['--help'], {}),
  ]);
  expect([own.status, readdirSync(scratch)]).toEqual([0, []]);
  expect([none.status, none.err, existsSync(nowhere)]).toEqual([
    3,
    expect.stringContaining('set DATA_DIR'),
    false,
  ]);
  expect([usage.status, usage.err]).toEqual([2, expect.stringContaining('audit --help')]);
  expect([help.status, help.out]).toEqual([0, expect.stringContaining('BILLS_DIR')]);
}, 60_000);

test('a command line that can’t be used says what it takes', () => {
  for (const line of ['--exceptions many', '--exceptions 100001', '--exceptions -1', 'more', '--frob'])
    expect(() => readAuditArguments(line.split(' '))).toThrow(UsageError);
});

test('a number that is on no bill is a fault once no bill is on its way, and so is one on two', async () => {
  await billed('a', 'b', 'c');
  await bench.stopAll();
  const reports = await bench.records(topics.workflowEvents);
  const completed = reports.filter(({ value }) => String(value).includes('"completed"'));
  const [value = ''] = completed.map((each) => String(each.value)).slice(-1);
  const id = String(completed.at(-1)?.key);
  const [number = ''] = /IE0000000A-\d{4}-\d{6}/.exec(value) ?? [];
  const series = number.slice(0, -7);
  const faultsOf = async () =>
    (await report()).exceptions
      .flatMap(({ faults }: { faults: { code: string }[] }) => faults.map(({ code }) => code))
      .filter((code: string) => code.startsWith('number-'));
  expect(await faultsOf()).toEqual([]);
  const another = (workflowId: string, billNumber: string): Promise<void> =>
    bench.publish(
      topics.workflowEvents,
      workflowId,
      value
        .replaceAll(`"workflow-id":"${id}"`, `"workflow-id":"${workflowId}"`)
        .replaceAll(`"workflowId":"${id}"`, `"workflowId":"${workflowId}"`)
        .replaceAll(number, billNumber),
    );
  await another('later', `${series}-000005`);
  expect(await faultsOf()).toEqual(['number-gap']);
  expect((await report()).numbers).toMatchObject([
    { bills: 4, first: 1, last: 5, missing: 1, firstMissing: 4 },
  ]);
  await bench.request('on-its-way');
  expect(await faultsOf()).toEqual([]);
  await another('twice', `${series}-000001`);
  expect(await faultsOf()).toEqual(['number-doubled']);
}, 60_000);
