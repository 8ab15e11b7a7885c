import { afterEach, describe, expect, test } from 'bun:test';
import { CHECK_TYPES, type CheckType, type OrderValidation, orderTopics } from '../../../core/mod.ts';
import { readSettings } from '../../../services/platform/config.ts';
import type { Service } from '../../../services/platform/service.ts';
import { startValidationAggregator } from '../../../services/validation-aggregator/index.ts';
import { describeWithBroker, sharedBroker } from '../../broker/index.ts';
import { startOn } from '../../support/platform.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { Bench, logger, orderRecord, PARTITIONS, resultRecord, textOf } from './support.ts';

const [INVENTORY, FRAUD, DETAILS] = CHECK_TYPES;

function aggregatorSuite(brokers: () => Promise<string>): void {
  let bench: Bench | null = null;
  let service: Service | null = null;

  afterEach(async () => {
    await service?.stop();
    await bench?.close();
    service = null;
    bench = null;
  });

  async function open(): Promise<Bench> {
    bench = await Bench.open(await brokers());
    return bench;
  }

  async function start({ place, backing }: Bench, limit = '5m'): Promise<void> {
    const environment = { DATA_DIR: place.dataDir, PARTITIONS: String(PARTITIONS), VALIDATION_LIMIT: limit };
    service = await startOn(startValidationAggregator, {
      settings: readSettings(environment, false),
      backing,
      logger,
    });
    const { readiness } = service;
    await until('the aggregator to be ready', async () => (await readiness()).ready);
  }

  test('prepared validations, in every order, before and after their order', async () => {
    const lab = await open();
    const orders: readonly (readonly CheckType[])[] = [
      [INVENTORY, FRAUD, DETAILS],
      [DETAILS, FRAUD, INVENTORY],
      [FRAUD, DETAILS, INVENTORY],
    ];
    const ids: string[] = [];
    const before = orders.flatMap((checks, nth) => {
      ids.push(`early-${nth}`);
      return checks.map((check) => resultRecord(`early-${nth}`, check));
    });
    await lab.publish(...before);
    await start(lab);
    await lab.publish(...orders.map((_, nth) => orderRecord(`early-${nth}`)));
    for (const [nth, checks] of orders.entries()) {
      const id = `late-${nth}`;
      ids.push(id);
      await lab.publish(orderRecord(id));
      for (const check of checks) await lab.publish(resultRecord(id, check));
    }
    for (const id of ids) {
      expect(await lab.resultOf(id)).toEqual({ orderId: id, state: 'VALIDATED', failures: [] });
    }
    expect(await lab.deadLetters()).toBe(0);
  }, 90_000);

  test('the first failure ends it at once; repeats and what comes late change nothing', async () => {
    const lab = await open();
    await start(lab);
    await lab.publish(orderRecord('o-1'), resultRecord('o-1', FRAUD, 'too much'));
    const failed = {
      orderId: 'o-1',
      state: 'FAILED' as const,
      failures: [{ checkType: FRAUD, reasons: ['too much'] }],
    };
    expect(await lab.resultOf('o-1')).toEqual(failed);
    const late = [FRAUD, INVENTORY, DETAILS].map((check) => resultRecord('o-1', check));
    await lab.publish(...late, resultRecord('o-1', FRAUD, 'too much'), orderRecord('o-1'));
    await lab.publish(orderRecord('o-2'), ...CHECK_TYPES.map((check) => resultRecord('o-2', check)));
    await lab.resultOf('o-2');
    expect((await lab.results()).get('o-1')).toEqual(failed);
    expect(await lab.deadLetters()).toBe(0);
  }, 90_000);

  test('silence past the limit fails the order and names the silent, beside what passed', async () => {
    const lab = await open();
    await start(lab, '500ms');
    await lab.publish(orderRecord('o-1'), resultRecord('o-1', FRAUD));
    const reasons = ['no answer within 500ms'];
    expect(await lab.resultOf('o-1')).toEqual({
      orderId: 'o-1',
      state: 'FAILED',
      failures: [
        { checkType: INVENTORY, reasons },
        { checkType: DETAILS, reasons },
      ],
    });
  }, 90_000);

  test('killed between two results, it goes on with the third that came meanwhile', async () => {
    const lab = await open();
    const first = await lab.startProcess();
    await lab.publish(orderRecord('o-1'), resultRecord('o-1', INVENTORY), resultRecord('o-1', FRAUD));
    await until('two results on record', async () => {
      const events = (await lab.reports()).flatMap((report) => report.events.map(({ event }) => event));
      return events.filter((event) => event === 'answered').length >= 2;
    });
    await lab.kill(first);
    await lab.publish(resultRecord('o-1', DETAILS));
    expect((await lab.results()).size).toBe(0);
    await lab.startProcess();
    expect(await lab.resultOf('o-1')).toEqual({ orderId: 'o-1', state: 'VALIDATED', failures: [] });
  }, 120_000);

  test('a limit that passed while nobody ran fires after the restart, and a result that was in time still counts', async () => {
    const lab = await open();
    const first = await lab.startProcess('2s');
    await lab.publish(orderRecord('silent'), orderRecord('in-time'));
    await until('both to wait', async () => (await lab.reports()).length >= 2);
    await lab.kill(first);
    await lab.publish(...CHECK_TYPES.map((check) => resultRecord('in-time', check)));
    const passed = Date.now() + 2_000;
    await until('the limit to pass', () => Date.now() > passed);
    await lab.startProcess('2s');
    expect((await lab.resultOf('in-time')).state).toBe('VALIDATED');
    const silent = await lab.resultOf('silent');
    expect(silent.failures.map(({ checkType }) => checkType)).toEqual([...CHECK_TYPES]);
  }, 120_000);

  test('killed twice among many orders, every order ends as the order of its results says', async () => {
    const lab = await open();
    const ids = Array.from({ length: 120 }, (_, nth) => `o-${nth}`);
    let child = await lab.startProcess();
    for (const [nth, id] of ids.entries()) {
      const results = CHECK_TYPES.map((check, at) =>
        (nth >> at) % 3 === 0 ? resultRecord(id, check, `no ${nth}`) : resultRecord(id, check),
      );
      const turned = [...results.slice(nth % 3), ...results.slice(0, nth % 3)];
      if (nth % 2 === 0) await lab.publish(...turned, orderRecord(id));
      else await lab.publish(orderRecord(id), ...turned);
      if (nth === 40 || nth === 80) {
        await lab.kill(child);
        child = await lab.startProcess();
      }
    }
    await until('every result', async () => (await lab.results()).size === ids.length);
    const published = await readTopic(lab.backing.transport, orderTopics.orderValidations);
    const results = await lab.results();
    for (const id of ids) {
      const told = published
        .filter(({ key }) => key === id)
        .map(({ value }) => JSON.parse(textOf(value)) as OrderValidation);
      const failure = told.find(({ validationResult }) => validationResult === 'FAIL');
      const failures =
        failure === undefined
          ? []
          : [{ checkType: failure.checkType as CheckType, reasons: failure.reasons ?? [] }];
      expect(results.get(id)).toEqual({
        orderId: id,
        state: failure === undefined ? 'VALIDATED' : 'FAILED',
        failures,
      });
    }
    expect(await lab.deadLetters()).toBe(0);
  }, 180_000);
}

describe('the validation aggregator on the embedded log', () => aggregatorSuite(async () => ''));
describeWithBroker('the validation aggregator on a broker', () =>
  aggregatorSuite(async () => (await sharedBroker()).brokers),
);
