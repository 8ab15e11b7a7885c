import { afterEach, describe, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { startFraudService } from '../../../services/fraud/index.ts';
import { describeWithBroker, sharedBroker } from '../../broker/index.ts';
import { until } from '../../support/until.ts';
import { byCustomer, order, PARTITIONS, ValidatorLab } from './support.ts';

const customers = Array.from({ length: 8 }, (_, at) => `customer-${at}`);
const ofEach = (name: string): string[] => customers.map((customer) => `${name}-${customer}`);

function fraudSuite(brokers: () => Promise<string>): void {
  let lab: ValidatorLab | null = null;
  let child: ChildProcess | null = null;

  afterEach(async () => {
    await kill();
    await lab?.close();
    lab = null;
  });

  async function open(): Promise<ValidatorLab> {
    lab = await ValidatorLab.open(await brokers());
    return lab;
  }

  async function startProcess({ place }: ValidatorLab): Promise<void> {
    const started = spawn(process.execPath, [join(import.meta.dir, 'fixtures', 'fraud-service.ts')], {
      env: { ...process.env, PLACE: JSON.stringify(place) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    let output = '';
    started.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await until('the fraud service to be up', () => {
      if (started.exitCode !== null) throw new Error(`the fraud service ended with ${started.exitCode}`);
      return output.includes('up');
    });
  }

  async function kill(): Promise<void> {
    const killed = child;
    if (killed === null) return;
    killed.kill('SIGKILL');
    await until('the process to be gone', () => killed.exitCode !== null || killed.signalCode !== null);
    child = null;
  }

  /** One order of each customer, in the same minute. */
  const forEach = (name: string, price: string, minutes: number) =>
    customers.map((customer) => byCustomer(order(`${name}-${customer}`, customer, price, minutes)));

  test('1,999.99 in a session passes, 2,000 fails with its reason', async () => {
    const bench = await open();
    await bench.start(startFraudService);
    await bench.publish(
      byCustomer(order('under', 'a', '1999.99')),
      byCustomer(order('at', 'b', '2000')),
      byCustomer(order('over', 'a', '0.01', 59)),
      byCustomer(order('next', 'a', '1999.99', 120)),
      byCustomer(order('nobody', '', '1')),
    );
    expect(await bench.judged('under', 'at', 'over', 'next', 'nobody')).toEqual([
      { orderId: 'under', checkType: 'FRAUD_CHECK', validationResult: 'PASS', reasons: [] },
      fail('at', 'orders of 2,000.00 within one session; the limit is 2,000'),
      fail('over', 'orders of 2,000.00 within one session; the limit is 2,000'),
      { orderId: 'next', checkType: 'FRAUD_CHECK', validationResult: 'PASS', reasons: [] },
      fail('nobody', 'the order names no customer'),
    ]);
    expect(await bench.deadLetters()).toBe(0);
  }, 90_000);

  test('a late order merges two sessions, and counts with both', async () => {
    const bench = await open();
    await bench.start(startFraudService);
    await bench.publish(byCustomer(order('first', 'a', '900')), byCustomer(order('second', 'a', '900', 110)));
    expect(await bench.results('first', 'second')).toEqual(['PASS', 'PASS']);
    await bench.publish(
      byCustomer(order('between', 'a', '350', 55)),
      byCustomer(order('after', 'a', '1', 160)),
    );
    expect((await bench.judged('between'))[0]?.reasons).toEqual([
      'orders of 2,150.00 within one session; the limit is 2,000',
    ]);
    expect(await bench.results('after')).toEqual(['FAIL']);
  }, 90_000);

  test('sessions survive a restart, and a repeat after it finds its decision and counts no second time', async () => {
    const bench = await open();
    const before = await bench.start(startFraudService);
    await bench.publish(...forEach('one', '1000', 0));
    expect(new Set(await bench.results(...ofEach('one')))).toEqual(new Set(['PASS']));
    await before.stop();
    await bench.publish(
      ...forEach('one', '1000', 0),
      ...forEach('two', '999.99', 30),
      ...forEach('one', '1000', 0),
    );
    await bench.start(startFraudService);
    await bench.publish(...forEach('three', '0.01', 40));
    expect(new Set(await bench.results(...ofEach('two')))).toEqual(new Set(['PASS']));
    expect(new Set(await bench.results(...ofEach('three')))).toEqual(new Set(['FAIL']));
    const all = await bench.validations();
    for (const id of ofEach('one')) {
      const ofOne = all.filter(({ orderId }) => orderId === id);
      expect(ofOne.length).toBeGreaterThanOrEqual(3); // what came again was answered again, the same
      expect(new Set(ofOne.map((each) => JSON.stringify(each))).size).toBe(1);
    }
  }, 90_000);

  test('killed with -9 among orders, another instance takes over: each is judged once, by the sessions so far', async () => {
    const bench = await open();
    await startProcess(bench);
    const rounds = Array.from({ length: 20 }, (_, at) => at);
    for (const at of rounds.slice(0, 8)) await bench.publish(...forEach(`r${at}`, '100.01', at));
    await until('some of it to be judged', async () => (await bench.validations()).length >= 20);
    await kill();
    for (const at of rounds.slice(8, 14)) await bench.publish(...forEach(`r${at}`, '100.01', at));
    const second = await bench.start(startFraudService);
    await until('the other to own all', () => second.owned.size === PARTITIONS);
    for (const at of rounds.slice(14)) await bench.publish(...forEach(`r${at}`, '100.01', at));
    for (const at of rounds) {
      const expected = at < 19 ? 'PASS' : 'FAIL'; // the twentieth makes it 2,000.20
      expect(new Set(await bench.results(...ofEach(`r${at}`)))).toEqual(new Set([expected]));
    }
    const said = new Map<string, string>();
    for (const validation of await bench.validations()) {
      const text = JSON.stringify(validation);
      expect(said.get(validation.orderId) ?? text).toBe(text);
      said.set(validation.orderId, text);
    }
    expect(said.size).toBe(rounds.length * customers.length);
    expect(await bench.deadLetters()).toBe(0);
  }, 120_000);

  test('two instances share the customers; when one leaves, the other goes on with its sessions', async () => {
    const bench = await open();
    const one = await bench.start(startFraudService);
    const two = await bench.start(startFraudService);
    await until('both to own partitions', () => one.owned.size === 2 && two.owned.size === 2);
    await bench.publish(...forEach('a', '1000', 0), ...forEach('b', '999.99', 1));
    expect(new Set(await bench.results(...ofEach('a'), ...ofEach('b')))).toEqual(new Set(['PASS']));
    expect((await bench.validations()).length).toBe(2 * customers.length);
    await one.stop();
    await bench.publish(...forEach('c', '0.01', 2));
    expect(new Set(await bench.results(...ofEach('c')))).toEqual(new Set(['FAIL']));
  }, 120_000);
}

const fail = (orderId: string, reason: string) => ({
  orderId,
  checkType: 'FRAUD_CHECK',
  validationResult: 'FAIL' as const,
  reasons: [reason],
});

describe('the fraud service on the embedded log', () => {
  fraudSuite(async () => '');
});

describeWithBroker('the fraud service on a broker', () => {
  fraudSuite(async () => (await sharedBroker()).brokers);
});
