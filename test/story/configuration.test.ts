import { afterEach, describe, expect, test } from 'bun:test';
import { describeWithCluster } from '../broker/index.ts';
import { send } from '../services/configuration/support.ts';
import { runCommand } from '../support/run-command.ts';
import { emptyCluster } from './cluster.ts';
import { ConfigurationLab } from './configuration-lab.ts';

const open: ConfigurationLab[] = [];
afterEach(async () => {
  for (const lab of open.splice(0)) await lab.close();
});

const crms = ['crm-a', 'crm-b', 'crm-c'] as const;
const path = '/settings/crm/logLevel';

/** Three CRMs under load, all of which have answered something. */
async function underLoad(brokers: string | null): Promise<ConfigurationLab> {
  const lab = await ConfigurationLab.make(brokers);
  open.push(lab);
  await Promise.all([lab.startService(), ...crms.map((each) => lab.startCrm(each))]);
  await lab.until('the CRM to be known', async () => (await send(lab, 'GET', path)).status === 200);
  await lab.beginLoad();
  return lab;
}

/** The time from when a change was made until it had taken effect in each of these processes, in milliseconds. */
async function timesUntil(
  lab: ConfigurationLab,
  names: readonly string[],
  change: () => Promise<void>,
): Promise<readonly number[]> {
  const before = names.map((name) => lab.changesSeen(name).length);
  await change();
  await lab.until('all to have the change', () =>
    names.every((name, at) => lab.changesSeen(name).length > (before[at] ?? 0)),
  );
  const [made] = (await send(lab, 'GET', `${path}/history`)).body.changes;
  return names.map((name) => Date.parse(lab.changesSeen(name).at(-1)?.time ?? '') - Date.parse(made.at));
}

const isDebug = ({ level }: { readonly level: string }): boolean => level === 'debug';

async function story(brokers: string | null, log: string): Promise<ConfigurationLab> {
  const lab = await underLoad(brokers);
  const cli = (...words: string[]) => runCommand('config', words, lab.env);
  const set = async (value: string): Promise<void> => {
    expect((await send(lab, 'PUT', path, { value })).status).toBe(200);
  };

  // by REST, in all three; each shows by what it does that it has it
  const on = await timesUntil(lab, crms, () => set('debug'));
  for (const name of crms) {
    await lab.until(`${name} to log what it answers`, () => lab.sinceChange(name).some(isDebug));
    expect(lab.lines(name).findIndex(isDebug)).toBeGreaterThan(
      lab.lines(name).findIndex(({ msg }) => msg === 'settings changed'),
    );
  }

  // what does not fit is refused at both doors, and nobody hears of it
  expect((await send(lab, 'PUT', path, { value: 'verbose' })).status).toBe(422);
  const refused = await cli('set', 'crm', 'logLevel', 'verbose');
  expect([refused.status, refused.err]).toEqual([1, expect.stringContaining('give one of inherit')]);

  // by the command line; from then on they log no more of it
  const off = await timesUntil(lab, crms, async () => {
    expect((await cli('unset', 'crm', 'logLevel', '--if-change', '1')).status).toBe(0);
  });
  for (const name of crms) {
    expect(lab.changesSeen(name).length).toBe(2);
    expect(lab.sinceChange(name).filter(isDebug)).toEqual([]);
  }
  console.log(
    `${log}: a change under load took effect after ${on.join(', ')} ms (REST), ${off.join(', ')} ms (command)`,
  );

  // one that starts later has it
  await set('debug');
  await lab.startCrm('crm-late');
  await lab.until('the late one to have it', () => lab.changesSeen('crm-late').length === 1);
  await lab.until('it to log what it answers', () => lab.sinceChange('crm-late').some(isDebug));

  // one whose environment pins it goes by that, and from then on nobody can change it
  await lab.startCrm('crm-pinned', { CONFIG_CRM_LOG_LEVEL: 'warn' });
  await lab.until('the pin to be known', async () => (await send(lab, 'GET', path)).body.pinned.length === 1);
  expect((await send(lab, 'PUT', path, { value: 'info' })).status).toBe(409);
  const pinned = await cli('set', 'crm', 'logLevel', 'info');
  expect([pinned.status, pinned.err]).toEqual([1, expect.stringContaining('CONFIG_CRM_LOG_LEVEL')]);
  expect(lab.changesSeen('crm-pinned')).toEqual([]);
  expect(
    lab.lines('crm-pinned').filter(({ service, level }) => service === 'crm' && !/warn|error/.test(level)),
  ).toEqual([]);

  // and who did what is on record
  const { out } = await cli('history', 'crm', 'logLevel', '--json');
  const user = Bun.spawnSync(['id', '-un']).stdout.toString().trim();
  const changes = JSON.parse(out) as { number: number; from: unknown; to: unknown; by: string }[];
  expect(changes.map(({ number, from, to, by }) => [number, from, to, by])).toEqual([
    [1, null, 'debug', 'anonymous'],
    [2, 'debug', null, user],
    [3, null, 'debug', 'anonymous'],
  ]);
  return lab;
}

describe('central configuration, embedded', () => {
  test('a change under load takes effect in every instance, and no question goes unanswered', async () => {
    const lab = await story(null, 'embedded');
    expect(await lab.endLoad()).toBeGreaterThan(100);
  }, 300_000);
});

describeWithCluster('central configuration, on Kafka', () => {
  test('as on the embedded log; with the broker killed settings stand, and change again once it is back', async () => {
    const cluster = await emptyCluster();
    const lab = await story(cluster.brokers, 'Kafka');
    const before = crms.map((name) => lab.changesSeen(name).length);
    await cluster.kill(0);
    await lab.until(
      'the service to say so',
      async () => (await send(lab, 'GET', '/health/ready')).status === 503,
    );
    expect((await send(lab, 'GET', path)).body).toMatchObject({ value: 'debug', change: 3 });
    expect(
      (await send(lab, 'PUT', '/settings/configuration-service/logLevel', { value: 'warn' })).status,
    ).toBe(503);
    expect(crms.map((name) => lab.changesSeen(name).length)).toEqual(before);
    await cluster.start(0);
    await lab.until(
      'the service to be ready',
      async () => (await send(lab, 'GET', '/health/ready')).status === 200,
    );
    const times = await timesUntil(lab, crms, async () => {
      await lab.until(
        'the pin to be known',
        async () => (await send(lab, 'GET', path)).body.pinned.length === 1,
      );
      expect((await send(lab, 'DELETE', path)).status).toBe(409);
      await lab.kill('crm-pinned');
      await lab.until(
        'the pin to be gone',
        async () => (await runCommand('config', ['unset', 'crm', 'logLevel'], lab.env)).status === 0,
      );
    });
    console.log(
      `Kafka: after the broker was back, and the pinning process dead, after ${times.join(', ')} ms`,
    );
    expect(await lab.endLoad()).toBeGreaterThan(100);
  }, 600_000);
});
