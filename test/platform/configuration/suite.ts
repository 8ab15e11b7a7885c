// What the central configuration does on every log: the embedded one and Kafka.
import { afterEach, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { type Transport, topics } from '../../../core/mod.ts';
import { changeSetting, Mender } from '../../../services/platform/configuration/index.ts';
import { changeRecord, settingRecord } from '../../../services/platform/configuration/records.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { breakable } from './breakable.ts';
import { type Bench, known, makeBench, PARTITIONS, ShopSettings } from './support.ts';

const SETTLE_MS = 30_000;
const silent = createLogger({ logLevel: 'silent', logFormat: 'json' });
const at = '2026-11-21T12:00:00.000Z';

/** `empty` gives a log without topics. */
export function configurationSuite(empty: () => Promise<Transport>): void {
  const benches: Bench[] = [];
  const make = async (createTopics = true): Promise<Bench> => {
    const bench = await makeBench(await empty(), createTopics);
    benches.push(bench);
    return bench;
  };
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.close();
  });

  test('a change takes effect in every process that has the service, and in one that starts later', async () => {
    const bench = await make();
    const shops = [bench.open(), bench.open(), bench.open()].map((each) => each.of('shop', ShopSettings));
    const desk = await bench.desk();
    await known(desk, 'shop', 'batchSize', 'greeting');
    const outcome = await changeSetting(desk, {
      service: 'shop',
      key: 'batchSize',
      to: 7,
      by: 'ann',
      why: 'slow',
    });
    expect(outcome).toMatchObject({
      kind: 'changed',
      change: { number: 1, from: null, to: 7, by: 'ann', why: 'slow' },
    });
    await until('all three to have it', () => shops.every(({ current }) => current.batchSize === 7));
    expect(shops.map(({ current }) => current.greeting)).toEqual(['hello', 'hello', 'hello']);
    const later = bench.open();
    const shop = later.of('shop', ShopSettings);
    expect(await later.settled(SETTLE_MS)).toBe(true);
    expect(shop.current.batchSize).toBe(7);
    await changeSetting(desk, { service: 'shop', key: 'batchSize', to: null, by: 'bob' });
    await until('the default again', () => [...shops, shop].every(({ current }) => current.batchSize === 5));
    expect(desk.book.history('shop', 'batchSize').changes.map(({ by, to }) => [by, to])).toEqual([
      ['ann', 7],
      ['bob', null],
    ]);
  });

  test('listeners hear of what changed and of nothing else, and the value that they are told is the current one', async () => {
    const bench = await make();
    const configuration = bench.open();
    const shop = configuration.of('shop', ShopSettings);
    const other = configuration.of('other', ShopSettings);
    const heard: unknown[] = [];
    shop.onChange(() => {
      throw new Error('a defect of a listener');
    });
    shop.onChange((current) => heard.push([current.batchSize, current === shop.current]));
    other.onChange((current) => heard.push(current));
    const desk = await bench.desk();
    await known(desk, 'shop', 'batchSize', 'greeting');
    const set = (to: number) => changeSetting(desk, { service: 'shop', key: 'batchSize', to, by: 'ann' });
    await set(7);
    expect((await set(7)).kind).toBe('unchanged');
    // the same again, as a writer does that does not know whether it was written
    const last = { service: 'shop', key: 'batchSize', value: 7, by: 'ann', at, change: 1 };
    await bench.transport.publish([settingRecord(last, PARTITIONS)]);
    await set(8);
    await until('the last', () => shop.current.batchSize === 8);
    expect(heard).toEqual([
      [7, true],
      [8, true],
    ]);
    expect(bench.logged.filter(({ msg }) => msg === 'a listener of settings failed').length).toBe(2);
  });

  test('a process that starts never takes an old value for the present one, however many there were', async () => {
    const bench = await make();
    const setting = { service: 'shop', key: 'batchSize', by: 'ann', at };
    const records = Array.from({ length: 2_500 }, (_, change) =>
      settingRecord({ ...setting, value: (change % 100) + 1, change: change + 1 }, PARTITIONS),
    );
    await bench.transport.publish(records);
    await bench.transport.publish([settingRecord({ ...setting, value: 42, change: 2_501 }, PARTITIONS)]);
    const configuration = bench.open();
    const shop = configuration.of('shop', ShopSettings);
    const heard: number[] = [];
    shop.onChange(({ batchSize }) => heard.push(batchSize));
    expect(await configuration.settled(SETTLE_MS)).toBe(true);
    expect([shop.current.batchSize, heard]).toEqual([42, [42]]);
  });

  test('what was set for a version that took it counts as not set in one that does not, and the log says so once', async () => {
    const bench = await make();
    const wrong = { service: 'shop', key: 'batchSize', value: 7_000, by: 'ann', at, change: 1 };
    await bench.transport.publish([settingRecord(wrong, PARTITIONS), settingRecord(wrong, PARTITIONS)]);
    const configuration = bench.open();
    const shop = configuration.of('shop', ShopSettings);
    expect(await configuration.settled(SETTLE_MS)).toBe(true);
    expect(shop.current.batchSize).toBe(5);
    await bench.transport.publish([settingRecord({ ...wrong, key: 'greeting', value: 'hi' }, PARTITIONS)]);
    await until('another setting', () => shop.current.greeting === 'hi');
    const said = bench.logged.filter(({ level }) => level === 'warn');
    expect(said).toMatchObject([
      { service: 'shop', key: 'batchSize', reason: 'give a whole number from 1 to 100' },
    ]);
    expect(JSON.stringify(said)).not.toContain('7000');
  });

  const refused: readonly [
    what: string,
    change: { service?: string; key?: string; to?: unknown; ifChange?: number },
    code: string,
    says: string,
  ][] = [
    ['a service that there is not', { service: 'shpo' }, 'unknown-service', 'Do you mean shop?'],
    ['a setting that it has not', { key: 'batchsize' }, 'unknown-key', 'Do you mean batchSize?'],
    ['a value of another kind', { to: '7' }, 'bad-value', 'give a whole number from 1 to 100'],
    ['a value beyond the limits', { to: 101 }, 'bad-value', 'give a whole number from 1 to 100'],
    ['a change after one that is not the last', { ifChange: 3 }, 'stale', 'its last change is 0, not 3'],
    ['a secret', { key: 'apiKey' }, 'unknown-key', 'Secrets are never kept here'],
  ];
  test('what can not be is refused where it is set, says what to do, and leaves nothing on the log', async () => {
    const bench = await make();
    bench.open().of('shop', ShopSettings);
    const desk = await bench.desk();
    await known(desk, 'shop', 'batchSize', 'greeting');
    for (const [what, change, code, says] of refused) {
      const asked = {
        service: 'shop',
        key: 'batchSize',
        by: 'ann',
        ...change,
        to: (change.to ?? 7) as never,
      };
      const error = await changeSetting(desk, asked).catch(
        (each: unknown) => each as Error & { code: string },
      );
      expect([what, 'code' in error && error.code]).toEqual([what, code]);
      expect(error).toHaveProperty('message', expect.stringContaining(says));
    }
    expect(await readTopic(bench.transport, topics.configurationChanges)).toEqual([]);
  });

  test('of writers who all saw the same change, one gets through; the others are told to look again', async () => {
    const bench = await make();
    bench.open().of('shop', ShopSettings);
    const desks = await Promise.all([1, 2, 3, 4].map(() => bench.desk()));
    for (const desk of desks) await known(desk, 'shop', 'batchSize', 'greeting');
    for (let round = 0; round < 5; round++) {
      const outcomes = await Promise.allSettled(
        desks.map((desk, at) =>
          changeSetting(desk, {
            service: 'shop',
            key: 'batchSize',
            to: 10 * round + at + 10,
            by: `${at}`,
            ifChange: round,
          }),
        ),
      );
      const [winner, ...others] = outcomes.flatMap((each) =>
        each.status === 'fulfilled' ? [each.value] : [],
      );
      expect(others).toEqual([]);
      expect(winner?.change?.number).toBe(round + 1);
      for (const each of outcomes)
        if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'stale' });
      for (const { book } of desks) {
        expect(await book.caughtUp(SETTLE_MS)).toBe(true);
        expect(book.setting('shop', 'batchSize')?.value).toBe(winner?.change?.to as never);
      }
    }
  });

  test('writers who do not look all get through, and what stands in the end is what the last change set', async () => {
    const bench = await make();
    const shop = bench.open().of('shop', ShopSettings);
    const desks = await Promise.all([1, 2, 3].map(() => bench.desk()));
    for (const desk of desks) await known(desk, 'shop', 'batchSize', 'greeting');
    const write = async (writer: number): Promise<void> => {
      const desk = desks[writer];
      for (let at = 0; at < 10 && desk !== undefined; at++) {
        const to = at % 4 === 3 ? null : 30 * writer + at + 1;
        await changeSetting(desk, { service: 'shop', key: 'batchSize', to, by: `${writer}` });
      }
    };
    await Promise.all([write(0), write(1), write(2)]);
    const late = await bench.desk();
    const changes = late.book.history('shop', 'batchSize').changes;
    expect(changes.map(({ number }) => number)).toEqual(changes.map((_, at) => at + 1));
    const last = changes.at(-1);
    expect(late.book.setting('shop', 'batchSize')?.value ?? null).toEqual(last?.to as never);
    expect(late.book.unsettled()).toEqual([]);
    await until('it to count', () => shop.current.batchSize === (last?.to ?? 5));
  });

  test('a change whose writer was killed before it showed is shown by the service', async () => {
    const bench = await make();
    const shop = bench.open().of('shop', ShopSettings);
    const desk = await bench.desk();
    const change = { id: 'c-1', service: 'shop', key: 'batchSize', from: null, to: 9, by: 'ann', at };
    await bench.transport.publish([changeRecord(change, PARTITIONS)]);
    await until('the change', () => desk.book.unsettled().length === 1);
    expect(shop.current.batchSize).toBe(5);
    const menders = [new Mender(desk, silent), new Mender(await bench.desk(), silent)];
    await until('it to count', () => shop.current.batchSize === 9);
    await Promise.all(menders.map((each) => each.stop()));
    expect(desk.book.setting('shop', 'batchSize')).toMatchObject({ value: 9, by: 'ann', at, change: 1 });
  });

  test('records that are no settings are left out, and change nothing', async () => {
    const bench = await make();
    const shop = bench.open().of('shop', ShopSettings);
    const topic = topics.configuration;
    const bad = [
      'no JSON',
      '{}',
      JSON.stringify({ service: 'other', key: 'batchSize', value: 7, by: 'x', at, change: 1 }),
    ];
    await bench.transport.publish(
      bad.map((value) => ({ topic, partition: 0, key: 'shop/batchSize', value })),
    );
    await bench.transport.publish([
      { topic: topics.configurationChanges, partition: 0, key: null, value: 'x' },
      { topic: topics.configurationChanges, partition: 0, key: 'shop/batchSize', value: '[]' },
      { topic, partition: 0, key: 'schema:shop', value: '{"settings":7}' },
    ]);
    const desk = await bench.desk();
    await known(desk, 'shop', 'batchSize', 'greeting');
    await changeSetting(desk, { service: 'shop', key: 'batchSize', to: 6, by: 'ann' });
    await until('a good one', () => shop.current.batchSize === 6);
    expect(desk.book.history('shop', 'batchSize').changes.length).toBe(1);
  });

  test('a process that starts before there is a log has its settings by their defaults, and follows once there is one', async () => {
    const bench = await make(false);
    const configuration = bench.open({ pinned: { CONFIG_SHOP_GREETING: 'moin' } });
    const shop = configuration.of('shop', ShopSettings);
    expect(shop.current).toEqual({ batchSize: 5, greeting: 'moin' });
    expect(configuration.readiness()).not.toBe('running');
    const made = await makeBench(bench.transport);
    benches.push(made);
    expect(await configuration.settled(SETTLE_MS)).toBe(true);
    expect(configuration.readiness()).toBe('running');
    expect(bench.logged.filter(({ level }) => level === 'warn')).toEqual([]);
    const desk = await made.desk();
    await known(desk, 'shop', 'batchSize', 'greeting');
    await changeSetting(desk, { service: 'shop', key: 'batchSize', to: 8, by: 'ann' });
    await changeSetting(desk, { service: 'shop', key: 'greeting', to: 'hi', by: 'ann' });
    await until('what is not pinned', () => shop.current.batchSize === 8);
    expect(shop.current.greeting).toBe('moin');
  });

  test('while the log is away settings stand, which is said once; what was set meanwhile counts when it is back', async () => {
    const bench = await make();
    const { transport, setAway } = breakable(bench.transport);
    const configuration = bench.open({ transport });
    const shop = configuration.of('shop', ShopSettings);
    const desk = await bench.desk();
    await known(desk, 'shop', 'batchSize', 'greeting');
    const set = (to: number) => changeSetting(desk, { service: 'shop', key: 'batchSize', to, by: 'ann' });
    await set(7);
    await until('it to count', () => shop.current.batchSize === 7);
    setAway(true);
    await until(
      'readiness to tell',
      () => configuration.readiness() === 'waiting for the log: the log is away',
    );
    await set(8);
    await set(9);
    expect(shop.current.batchSize).toBe(7);
    const heard: number[] = [];
    shop.onChange(({ batchSize }) => heard.push(batchSize));
    setAway(false);
    await until('the last to count', () => shop.current.batchSize === 9);
    expect(heard.at(-1)).toBe(9);
    await until('it to be well', () => configuration.readiness() === 'running');
    const said = bench.logged.filter(({ msg }) => msg.includes('the central configuration'));
    expect(said.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  test('a schema is published where it differs, and what a service no longer has can still be unset', async () => {
    const bench = await make();
    const desk = await bench.desk();
    bench.open({ version: '1.0.0' }).of('shop', ShopSettings);
    await known(desk, 'shop', 'batchSize', 'greeting');
    await changeSetting(desk, { service: 'shop', key: 'greeting', to: 'hi', by: 'ann' });
    const schemas = async () =>
      (await readTopic(bench.transport, topics.configuration)).filter(({ key }) => key === 'schema:shop')
        .length;
    const again = bench.open({ version: '1.0.0' });
    again.of('shop', ShopSettings);
    await again.settled(SETTLE_MS);
    const next = bench.open({ version: '2.0.0' });
    next.of('shop', Type.Object({ batchSize: ShopSettings.properties.batchSize }));
    await known(desk, 'shop', 'batchSize');
    expect(desk.book.schema('shop')?.version).toBe('2.0.0');
    expect(await schemas()).toBe(2);
    await changeSetting(desk, { service: 'shop', key: 'greeting', to: null, by: 'ann' });
    expect(desk.book.setting('shop', 'greeting')).toBeNull();
    const unknown = changeSetting(desk, { service: 'shop', key: 'greeting', to: 'ho', by: 'ann' });
    expect(await unknown.catch((error: unknown) => error)).toMatchObject({ code: 'unknown-key' });
  }, 40_000);
}
