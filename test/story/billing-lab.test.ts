import { afterEach, expect, test } from 'bun:test';
import { topics } from '../../core/mod.ts';
import { until } from '../support/until.ts';
import { Lab } from './support.ts';

const labs: Lab[] = [];
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.close()));
});

async function newLab(): Promise<Lab> {
  const lab = await Lab.make();
  labs.push(lab);
  return lab;
}

/** How often each workflow-id completed, by `workflow-events`. */
async function completions(lab: Lab): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { key, value } of await lab.records(topics.workflowEvents)) {
    if (String(value).includes('"event":"completed"')) counts[String(key)] = (counts[String(key)] ?? 0) + 1;
  }
  return counts;
}

test('three bills come, each once, though services start in any order and the engine is killed while it waits', async () => {
  const request = { runId: 'story-1', billDate: '2026-11-30', customerIdentifiers: ['2', '4', '5'] };
  const calm = await newLab();
  for (const name of ['coordinator', 'engine', 'crm'] as const) await calm.start(name);
  expect((await calm.post(request)).status).toBe(202);
  await until('the undisturbed bills', () => Object.keys(calm.bills()).length === 3);

  const lab = await newLab();
  await lab.start('coordinator');
  expect((await lab.post(request)).status).toBe(202);
  expect(await lab.progress('story-1')).toMatchObject({ count: 3, requested: 3, waiting: 0, completed: 0 });

  await lab.start('engine');
  await until('the engine to ask and wait', async () => (await lab.progress('story-1')).waiting === 3);
  await lab.kill('engine');
  await lab.start('engine');
  expect(await lab.progress('story-1')).toMatchObject({ waiting: 3, completed: 0 });

  await lab.start('crm');
  await until(
    'three bills',
    async () => (await lab.progress('story-1')).completed === 3 && Object.keys(lab.bills()).length === 3,
  );
  expect(lab.bills()).toEqual(calm.bills());
  expect(await completions(lab)).toEqual({ 'story-1_2': 1, 'story-1_4': 1, 'story-1_5': 1 });
  expect((await lab.records(topics.questions)).length).toBe(3);
  expect(await lab.records(topics.deadLetters)).toEqual([]);
}, 120_000);

test('a run is published whole after the coordinator was killed between accepting and publishing', async () => {
  const lab = await newLab();
  const customerIdentifiers = Array.from({ length: 50_000 }, (_, at) => `x-${at}`);
  let runId = '';
  for (let attempt = 1; runId === ''; attempt++) {
    await lab.start('coordinator');
    const before = (await lab.records(topics.workflowQueue)).length;
    const { status, body } = await lab.post({ runId: `cut-${attempt}`, customerIdentifiers });
    expect(status).toBe(202);
    await lab.kill('coordinator');
    const published = (await lab.records(topics.workflowQueue)).length - before;
    if (published < customerIdentifiers.length) runId = body.runId;
    else if (attempt === 5)
      throw new Error(
        'the coordinator published 50,000 workflows before it could be killed, five times over',
      );
  }
  await lab.start('coordinator');
  const expected = new Set(customerIdentifiers.map((id) => `${runId}_${id}`));
  await until('every workflow to be on the queue', async () => {
    const found = new Set((await lab.records(topics.workflowQueue)).map(({ key }) => String(key)));
    return [...expected].every((id) => found.has(id));
  });
  expect((await lab.progress(runId)).requested).toBe(50_000);
}, 120_000);

test('a run of 2,000 with every service killed once ends in the bills of an undisturbed run', async () => {
  const calm = await newLab();
  const lab = await newLab();
  const customerIdentifiers = await lab.addCustomers(2000);
  await calm.addCustomers(2000);
  const request = { runId: 'two-thousand', billDate: '2026-11-30', customerIdentifiers };
  const names = ['coordinator', 'engine', 'crm'] as const;

  for (const name of names) await calm.start(name);
  await calm.post(request);
  await until('the undisturbed run', () => Object.keys(calm.bills()).length === 2000, 90_000);
  await calm.close();

  // the run can't end before the last of these kills: each part that it then needs is still down
  await lab.start('coordinator');
  expect((await lab.post(request)).status).toBe(202);
  await lab.kill('coordinator');
  await lab.start('engine');
  await lab.start('coordinator');
  await until('the first questions', async () => (await lab.records(topics.questions)).length > 0);
  await lab.kill('engine');
  await lab.start('crm');
  await until('the first answers', async () => (await lab.records(topics.answers)).length > 0);
  await lab.kill('crm');
  expect((await lab.progress('two-thousand')).completed).toBe(0);
  await lab.start('engine');
  await lab.start('crm');
  // and once more in the thick of it, wherever that is
  await until('the first bills', () => Object.keys(lab.bills()).length > 0);
  for (const name of ['engine', 'coordinator'] as const) {
    await lab.kill(name);
    await lab.start(name);
  }
  await until('2,000 bills', () => Object.keys(lab.bills()).length === 2000, 90_000);
  await until('the run to end', async () => (await lab.progress('two-thousand')).ended);
  expect(await lab.progress('two-thousand')).toMatchObject({ count: 2000, completed: 2000, failed: 0 });
  expect(lab.bills()).toEqual(calm.bills());
  const counts = await completions(lab);
  expect(Object.keys(counts).length).toBe(2000);
  expect(Object.values(counts).every((count) => count === 1)).toBe(true);
}, 240_000);

test('two engines and two CRMs share the work, and when one of each is killed the others take over', async () => {
  const lab = await newLab();
  const customerIdentifiers = await lab.addCustomers(1000);
  await lab.start('coordinator');
  await lab.start('engine');
  await lab.start('engine', 'engine-2');
  await lab.post({ runId: 'shared', customerIdentifiers });
  await until('all questions', async () => (await lab.progress('shared')).waiting === 1000);
  await lab.kill('engine');
  await lab.start('crm');
  await lab.start('crm', 'crm-2');
  await lab.kill('crm');
  await until('1,000 bills', () => Object.keys(lab.bills()).length === 1000, 60_000);
  const counts = await completions(lab);
  expect(Object.keys(counts).length).toBe(1000);
  expect(Object.values(counts).every((count) => count === 1)).toBe(true);
  expect(await lab.records(topics.deadLetters)).toEqual([]);
}, 120_000);

test('SIGTERM ends a service cleanly, and another takes its partitions at once', async () => {
  const lab = await newLab();
  await lab.start('coordinator');
  await lab.start('engine');
  await lab.start('crm');
  await lab.post({ runId: 'calm', customerIdentifiers: ['1'] });
  await until('a bill', async () => (await lab.progress('calm')).completed === 1);
  expect(await lab.stop('engine')).toBe(0);
  await lab.start('engine');
  await lab.post({ runId: 'calmer', customerIdentifiers: ['1'] });
  await until('another bill', async () => (await lab.progress('calmer')).completed === 1);
  expect(await lab.stop('crm')).toBe(0);
  expect(await lab.stop('coordinator')).toBe(0);
}, 60_000);
