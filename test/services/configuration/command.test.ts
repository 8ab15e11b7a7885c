import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { topicSpecs } from '../../../core/mod.ts';
import { readArguments } from '../../../services/platform/configuration/command/index.ts';
import { ShopSettings } from '../../platform/configuration/support.ts';
import { runCommand } from '../../support/run-command.ts';
import { until } from '../../support/until.ts';
import { ConfigurationBench } from './support.ts';

let bench: ConfigurationBench;
beforeEach(async () => {
  bench = await ConfigurationBench.make();
});
afterEach(() => bench.close());

const run = (line: string, env: Record<string, string> = {}) =>
  runCommand('config', line.split(' '), { DATA_DIR: bench.dataDir, ...env });

/** A log on which the shop has said what it can be told. */
async function withShop(pinned: Record<string, string> = {}) {
  await bench.backing.transport.createTopics(topicSpecs(4));
  const shop = bench.process(pinned).of('shop', ShopSettings);
  await until('the shop to be known', async () => (await run('get shop batchSize')).status === 0);
  return shop;
}

const wrong: readonly [string, Record<string, string>, string][] = [
  ['frobnicate', {}, 'choose among get, set, unset, history'],
  ['set shop batchSize', {}, 'set takes SERVICE KEY VALUE'],
  ['get shop batchSize more', {}, 'get takes [SERVICE] [KEY]'],
  ['get shop --why x', {}, 'has no option --why'],
  ['set shop batchSize -7', {}, 'Put -- before a VALUE'],
  ['set shop batchSize 7 --if-change last', {}, 'the number of a change'],
  ['get', { PARTITIONS: 'many' }, 'a whole number from 1 to 1024'],
];
for (const [line, env, advice] of wrong) {
  test(`"config ${line}" with ${JSON.stringify(env)} exits with 2, says why, and points to --help`, async () => {
    const { status, out, err } = await run(line, env);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(advice);
    expect(err).toContain('--help');
  });
}

test('a value that begins with a hyphen comes after --', () => {
  expect(readArguments(['set', 'shop', 'offset', '--', '-7'])).toMatchObject({ name: 'set', value: '-7' });
});

test('--help explains the commands and names the settings of the environment', async () => {
  const { status, out } = await run('--help');
  expect(status).toBe(0);
  for (const word of ['get', 'set', 'unset', 'history', '--if-change', 'Secrets', 'DATA_DIR'])
    expect(out).toContain(word);
});

test('a directory without a log is told from one without topics, and nothing is made in it', async () => {
  const nowhere = join(bench.dataDir, 'nowhere');
  const none = await run('get', { DATA_DIR: nowhere });
  expect([none.status, none.err]).toEqual([3, expect.stringContaining('set DATA_DIR')]);
  expect(existsSync(nowhere)).toBe(false);
  const empty = await run('get');
  expect([empty.status, empty.err]).toEqual([1, expect.stringContaining('bun run topics create')]);
});

test('get, set, unset and history do what they say, with the log alone, and name the user of the machine', async () => {
  const shop = await withShop();
  const user = Bun.spawnSync(['id', '-un']).stdout.toString().trim() || String(userInfo().uid);
  expect((await run('get')).out).toMatch(/^shop +batchSize +5 +default +- +-$/m);
  const set = await runCommand('config', ['set', 'shop', 'batchSize', '7', '--why', 'a slow day'], {
    DATA_DIR: bench.dataDir,
  });
  expect(set).toEqual({
    status: 0,
    out: `shop batchSize: the default -> 7 (change 1, by ${user})\n`,
    err: '',
  });
  await until('it to count', () => shop.current.batchSize === 7);
  expect((await run('get shop')).out).toMatch(new RegExp(`^shop +batchSize +7 +central +1 +${user}$`, 'm'));
  expect((await run('get shop batchSize')).out).toContain('takes   a whole number from 1 to 100');
  expect((await run('set shop batchSize 7')).out).toContain('is so already');
  const same = await run('set shop batchSize 7 --json');
  expect(JSON.parse(same.out)).toMatchObject({ service: 'shop', changed: false, last: { number: 1, to: 7 } });
  const unset = await run('unset shop batchSize --if-change 1 --json');
  expect([unset.status, JSON.parse(unset.out)]).toEqual([
    0,
    {
      ...{ service: 'shop', key: 'batchSize', changed: true },
      last: expect.objectContaining({ number: 2, from: 7, to: null, by: user }),
    },
  ]);
  await until('the default', () => shop.current.batchSize === 5);
  const history = (await run('history shop')).out;
  expect(history).toMatch(/ shop +batchSize +1 +\(not set\) +7 .* a slow day$/m);
  expect(history).toMatch(/ shop +batchSize +2 +7 +\(unset\) .* -$/m);
  expect(JSON.parse((await run('history shop batchSize --json')).out)).toMatchObject([
    { to: 7 },
    { to: null },
  ]);
  expect(JSON.parse((await run('get shop batchSize --json')).out)).toMatchObject({ value: 5, change: 2 });
});

test('what is refused exits with 1, says why and changes nothing', async () => {
  await withShop({ CONFIG_SHOP_GREETING: 'moin' });
  await until('the pin to be known', async () => (await run('get shop greeting')).out.includes('pinned'));
  const lines: readonly [string, Record<string, string>, string][] = [
    ['set shop batchSize many', {}, 'give a whole number from 1 to 100'],
    ['set shop batchSize 101', {}, 'give a whole number from 1 to 100'],
    ['set shop batchsize 7', {}, 'Do you mean batchSize?'],
    ['set shpo batchSize 7', {}, 'Do you mean shop?'],
    ['set shop batchSize 7 --if-change 3', {}, 'its last change is 0, not 3'],
    ['set shop greeting hi', {}, 'CONFIG_SHOP_GREETING is set in the environment of the process'],
    ['set shop batchSize 7', { CONFIG_SHOP_BATCH_SIZE: '3' }, 'in the environment of this command'],
    ['history shpo', {}, 'Do you mean shop?'],
    ['get shop nothing', {}, 'has no setting "nothing"'],
  ];
  for (const [line, env, says] of lines) {
    const { status, out, err } = await run(line, env);
    expect([line, status, out]).toEqual([line, 1, '']);
    expect(err).toContain(says);
    expect(err).not.toContain('    at ');
  }
  expect(JSON.parse((await run('history --json')).out)).toEqual([]);
}, 60_000);

test('a broker that is away is named, after a bounded wait', async () => {
  const { status, err } = await run('get', { BROKERS: 'localhost:1', KAFKA_REQUEST_TIMEOUT_MS: '1000' });
  expect(status).toBe(3);
  expect(err).toContain('Kafka at localhost:1');
  expect(err).not.toContain('    at ');
});
