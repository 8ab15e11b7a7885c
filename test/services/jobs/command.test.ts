import { afterEach, beforeEach, expect, test } from 'bun:test';
import {
  type JobEvent,
  type JobReport,
  NoInput,
  partitionFor,
  Type,
  topics,
  workflow,
} from '../../../core/mod.ts';
import { readJobsArguments } from '../../../services/platform/jobs/arguments.ts';
import { runJobs } from '../../../services/platform/jobs/command.ts';
import { UsageError } from '../../../services/platform/topics/arguments.ts';
import { runCommand, type Said } from '../../support/run-command.ts';
import { until } from '../../support/until.ts';
import { BillingBench, PARTITIONS, said } from '../dead-letters/support.ts';

let bench: BillingBench;
beforeEach(async () => {
  bench = await BillingBench.make();
});
afterEach(() => bench.close());

const jobs = (line: string): Promise<Said> => {
  const command = readJobsArguments(line.split(' '));
  return said((output) => runJobs(command, bench.settings, output));
};

/** Puts a report on the log, as an engine would. */
function told(
  workflowId: string,
  revision: number,
  status: JobReport['status'],
  events: readonly JobEvent[],
) {
  const value = {
    'workflow-type': 'w',
    'workflow-id': workflowId,
    version: 2,
    revision,
    time: `2026-11-21T10:00:0${revision}.000Z`,
    status,
    events,
  };
  return bench.publish(topics.workflowEvents, workflowId, JSON.stringify(value));
}

const parked: JobEvent = { event: 'parked', error: { code: 'version-missing', message: 'deploy it\n' } };

test('lists the jobs that are parked now, with reason, version and since when', async () => {
  expect((await jobs('parked')).out).toBe('No job is parked.\n');
  await told('b', 1, 'parked', [parked]);
  await told('a', 1, 'waiting', []);
  await told('a', 2, 'parked', [parked]);
  await told('gone', 1, 'parked', [parked]);
  await told('gone', 2, 'waiting', [{ event: 'resumed' }]);
  // published again after a crash: what is over stays over
  await told('gone', 1, 'parked', [parked]);
  const { out } = await jobs('parked');
  const lines = out.split('\n').map((line) => line.split(/ {2,}/));
  expect(lines.slice(1, 3)).toEqual([
    ['a', 'w', '2', '2026-11-21T10:00:02.000Z', 'version-missing: deploy it\ufffd'],
    ['b', 'w', '2', '2026-11-21T10:00:01.000Z', 'version-missing: deploy it\ufffd'],
  ]);
  const [first] = (await jobs('parked --json')).out.split('\n');
  expect(JSON.parse(first ?? '')).toMatchObject({
    workflowId: 'a',
    revision: 2,
    problem: { code: 'version-missing' },
  });
});

/** Asks what it is told to: a change of the category is one that a waiting job can't follow. */
const asks = (category: string) =>
  workflow({
    type: 'bill-generation',
    version: 1,
    input: NoInput,
    *run({ ask }) {
      yield* ask(category, {}, Type.String());
      return yield* ask('second', {}, Type.String());
    },
  });

test('a parked job is retried once its reason is mended, and what comes of it is told', async () => {
  await bench.startOther(asks('first'));
  await bench.request('job');
  await until('the question', async () => (await bench.records(topics.questions)).length === 1);
  await bench.stopAll();
  await bench.startOther(asks('another'));
  const answer = JSON.stringify({ qaIdentifier: 'bill-generation/job/0', answer: 'yes' });
  await bench.publish(topics.answers, 'job', answer);
  await until('it to be parked', async () => (await bench.statuses('job')).includes('parked'));
  const stuck = await jobs('retry job');
  expect([stuck.status, stuck.out]).toEqual([1, expect.stringContaining('job is parked again: ')]);
  await bench.stopAll();
  await bench.startOther(asks('first'));
  expect(await jobs('retry job')).toEqual({ status: 0, out: 'job is waiting\n', err: '' });
  expect((await jobs('show job')).out).toContain('asked 1: second');
  const told = (await jobs('show job --json')).out.trim().split('\n');
  expect(told.map((line) => JSON.parse(line).status)).toContain('parked');
  expect(await jobs('retry job')).toMatchObject({
    status: 1,
    err: 'job is waiting: only a parked job is retried.\n',
  });
  expect(await jobs('cancel job')).toEqual({ status: 0, out: 'job is cancelled\n', err: '' });
  expect(await jobs('cancel job')).toMatchObject({ status: 1, err: 'job is cancelled: it has ended.\n' });
}, 60_000);

test('where no engine runs, the command is on the log, and that nothing has come of it is said', async () => {
  await told('p', 1, 'parked', [parked]);
  const { status, err } = await jobs('retry p --wait 50ms');
  expect([status, err]).toEqual([1, expect.stringContaining('is an engine running that serves w?')]);
  const nothing = await jobs('cancel p --wait 0s --json');
  expect(JSON.parse(nothing.out)).toEqual({ workflowId: 'p', command: 'cancel', status: null });
  const sent = await jobs('cancel p --wait 0s');
  expect([sent.status, sent.out]).toEqual([0, expect.stringContaining('cancel sent')]);
  const commands = await bench.records(topics.workflowCommands);
  expect(commands.map(({ partition, value }) => [partition, JSON.parse(String(value)).command])).toEqual([
    [partitionFor('p', PARTITIONS), 'retry'],
    [partitionFor('p', PARTITIONS), 'cancel'],
    [partitionFor('p', PARTITIONS), 'cancel'],
  ]);
  expect(await jobs('retry nobody')).toMatchObject({
    status: 1,
    err: expect.stringContaining('No job nobody is known'),
  });
});

const wrong = [
  'frobnicate',
  'parked id',
  'show',
  'show a b',
  'retry',
  'retry a --wait 6m',
  'retry a --limit 3',
  'parked --frob',
];
test('a command line that can’t be used says what it takes, and exits with 2', async () => {
  for (const line of wrong) expect(() => readJobsArguments(line.split(' '))).toThrow(UsageError);
  const { status, err } = await runCommand('jobs', ['show'], {});
  expect([status, err]).toEqual([2, expect.stringContaining('jobs --help')]);
});
