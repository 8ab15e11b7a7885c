import { expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chosenServices, services, startOf } from '../../../services/catalogue.ts';
import { readSettings, SettingsError } from '../../../services/platform/config.ts';

const root = resolve(import.meta.dir, '../../..');

function run(script: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return { status, stdout, stderr };
}

const scratch = (): string => mkdtempSync(join(tmpdir(), 'requite-command-'));

test('--help prints every setting with its default', () => {
  const { status, stdout } = run('services/main.ts', ['--help']);
  expect(status).toBe(0);
  const names = [
    'BROKERS',
    'DATA_DIR',
    'BILLS_DIR',
    'JOB_STORE',
    'POSTGRES_URL',
    'BILL_FILES',
    'KAFKA_CLIENT',
    'KAFKA_TLS_CA',
    'KAFKA_SASL_MECHANISM',
    'TOPICS_AUTOCREATE',
    'REPLICATION',
    'COORDINATOR_PORT',
    'CRM_PORT',
    'ORDERS_PORT',
    'STANDBY_REPLICAS',
    'VALIDATION_LIMIT',
    'SMTP_URL',
    'OUTBOX_DIR',
    'HOST',
    'PARTITIONS',
    'LOG_LEVEL',
    'LOG_FORMAT',
  ];
  for (const name of names) expect(stdout).toContain(name);
  expect(stdout).toContain('default 3007');
});

test('a name that every object has is no service', () => {
  expect(run('services/main.ts', ['toString']).status).toBe(2);
});

test('an unknown service is refused with the names that there are', () => {
  const { status, stderr } = run('services/main.ts', ['bills']);
  expect(status).toBe(2);
  expect(stderr).toContain('choose among billing, orders, choreography, all or coordinator, engine, crm');
});

test('a set stands for its services, each once, and nothing named stands for the billing lab', () => {
  expect(chosenServices([]).chosen).toEqual(['coordinator', 'engine', 'crm']);
  const { chosen, unknown } = chosenServices(['orders', 'crm', 'email-service']);
  expect(unknown).toEqual([]);
  expect(chosen.filter((name) => name === 'crm')).toHaveLength(1);
  expect(chosen).toContain('validation-aggregator');
  expect([...chosenServices(['all']).chosen].sort()).toEqual(Object.keys(services).sort());
});

test('every service of the catalogue can be loaded', async () => {
  for (const name of Object.keys(services)) expect(await startOf(name)).toBeFunction();
  await expect(startOf('toString')).rejects.toThrow('there is no service');
});

const wrong: readonly [string, string, string][] = [
  ['PARTITIONS', 'many', 'a whole number from 1 to 1024'],
  ['PARTITIONS', '0', 'a whole number from 1 to 1024'],
  ['COORDINATOR_PORT', '70000', 'a whole number from 0 to 65535'],
  ['CRM_PORT', '3.5', 'a whole number'],
  ['JOB_STORE', 'redis', 'one of embedded, kafka, sqlite, postgres, memory'],
  ['LOG_LEVEL', 'loud', 'one of trace, debug'],
  ['LOG_FORMAT', 'xml', 'one of pretty, json'],
  ['BROKERS', 'localhost', 'host:port'],
  ['KAFKA_CLIENT', 'kafkajs', 'one of platformatic, librdkafka'],
  ['TOPICS_AUTOCREATE', 'yes', 'one of true, false'],
];
for (const [name, value, advice] of wrong) {
  test(`${name}=${value} is refused at start, with what it takes`, () => {
    const { status, stderr } = run('services/main.ts', ['engine'], { [name]: value, DATA_DIR: scratch() });
    expect(status).toBe(2);
    expect(stderr).toContain(name);
    expect(stderr).toContain(advice);
  });
}

test('all wrong settings are named at once', () => {
  expect(() => readSettings({ PARTITIONS: 'x', CRM_PORT: 'y' }, false)).toThrow(SettingsError);
  expect(() => readSettings({ PARTITIONS: 'x', CRM_PORT: 'y' }, false)).toThrow(
    /PARTITIONS[\s\S]*CRM_PORT|CRM_PORT[\s\S]*PARTITIONS/,
  );
});

test('empty settings are as good as unset', () => {
  expect(readSettings({ PARTITIONS: ' ', DATA_DIR: '' }, true)).toMatchObject({
    partitions: null,
    logFormat: 'pretty',
  });
});

test('a data directory that is a file is refused, with what to do', () => {
  const file = join(scratch(), 'taken');
  writeFileSync(file, 'x');
  const { status, stderr } = run('services/main.ts', ['engine'], { DATA_DIR: file });
  expect(status).toBe(1);
  expect(stderr).toContain('taken');
  expect(stderr).not.toContain('    at ');
});

test('the demo bills every sample customer, prints a bill, and ends; bills restore brings lost files back', () => {
  const dataDir = scratch();
  const demo = run('services/demo.ts', [], { DATA_DIR: dataDir });
  expect(demo.stderr).toBe('');
  expect(demo.status).toBe(0);
  expect(demo.stdout).toContain('24 bills, 0 failed');
  expect(demo.stdout).toContain('Total due');
  const runId = /run (\S+):/.exec(demo.stdout)?.[1] ?? '';
  const bills = join(dataDir, 'bills');
  const file = join(bills, `${runId}_1.txt`);
  const bill = readFileSync(file, 'utf8');
  expect(demo.stdout).toContain(bill);
  const changed = join(bills, `${runId}_2.txt`);
  rmSync(file);
  writeFileSync(changed, 'somebody wrote here');
  const restored = run('services/bills.ts', ['restore'], { DATA_DIR: dataDir });
  expect(restored.stdout).toContain('1 restored, 22 there already, 1 differ');
  expect(restored.stderr).toContain(`${runId}_2`);
  expect(restored.status).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe(bill);
  expect(readFileSync(changed, 'utf8')).toBe('somebody wrote here');
});

test('bills restore without a log says where to look, and makes nothing', () => {
  const dataDir = join(scratch(), 'nowhere');
  const { status, stderr } = run('services/bills.ts', ['restore'], { DATA_DIR: dataDir });
  expect(status).toBe(3);
  expect(stderr).toContain('set DATA_DIR');
  expect(existsSync(dataDir)).toBe(false);
});

test('the orders demo follows every order to its end, and shows a mail and a bill', () => {
  const dataDir = scratch();
  const demo = run('services/demo.ts', ['orders'], { DATA_DIR: dataDir });
  expect(demo.stderr).toBe('');
  expect(demo.status).toBe(0);
  // five are wrong by what they ask for; the others pass where the stock lasts
  const [, shipped, failed] = /(\d+) shipped, (\d+) failed;/.exec(demo.stdout) ?? [];
  expect(Number(shipped) + Number(failed)).toBe(24);
  expect(Number(failed)).toBeGreaterThanOrEqual(5);
  expect(Number(shipped)).toBeGreaterThan(10);
  expect(demo.stdout.match(/ SHIPPED .* tracking number \S+\n/g)).toHaveLength(Number(shipped));
  for (const reason of ['the limit is 2,000', 'the customer is missing', 'UNICORNS'])
    expect(demo.stdout).toContain(reason);
  expect(demo.stdout).toContain('Message-ID:');
  expect(demo.stdout).toContain('Total due');
});

test('a demo that there is not is refused, with those that there are', () => {
  const { status, stderr } = run('services/demo.ts', ['lottery']);
  expect(status).toBe(2);
  expect(stderr).toContain('bun run demo [billing | orders]');
  expect(run('services/demo.ts', ['--help']).status).toBe(0);
});
