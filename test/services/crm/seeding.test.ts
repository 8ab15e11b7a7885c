import { afterEach, expect, test } from 'bun:test';
import { type Consumer, type Transport, topics } from '../../../core/mod.ts';
import { sampleCustomers } from '../../../services/crm/samples.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import type { EmbeddedTransport } from '../../../services/platform/transport/embedded/transport.ts';
import { until } from '../../support/until.ts';
import { CrmBench, customer, post, send } from './support.ts';

const benches: CrmBench[] = [];
const backings: Backing[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.close();
  for (const backing of backings.splice(0)) await backing.close();
});

async function newBench(): Promise<CrmBench> {
  const bench = await CrmBench.make();
  benches.push(bench);
  return bench;
}

interface SlowSeeder {
  readonly backing: Backing;
  /** It is about to commit its seeds. */
  readonly reached: Promise<void>;
  /** Lets it commit. */
  readonly letGo: () => void;
  /** Has its group take it for dead. */
  readonly expire: () => Promise<void>;
}

/** Another opening of the same log, whose commit of seeds waits until it is let go. */
async function slowToSeed(bench: CrmBench): Promise<SlowSeeder> {
  const opened = await openBacking(bench.settings);
  backings.push(opened);
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const hold = (consumer: Consumer): Consumer =>
    Object.assign(Object.create(consumer) as Consumer, {
      partitions: () => consumer.partitions(),
      poll: (options: Parameters<Consumer['poll']>[0]) => consumer.poll(options),
      position: (topic: string, partition: number) => consumer.position(topic, partition),
      close: () => consumer.close(),
      commit: async (unit: Parameters<Consumer['commit']>[0]) => {
        reached.resolve();
        await gate.promise;
        await consumer.commit(unit);
      },
    });
  const inner = opened.transport;
  let seeder: Consumer | null = null;
  const transport: Transport = {
    createTopics: (specs) => inner.createTopics(specs),
    publish: (records) => inner.publish(records),
    read: (options) => inner.read(options),
    endOffsets: (topic) => inner.endOffsets(topic),
    logId: () => inner.logId(),
    close: () => inner.close(),
    join: async (options) => {
      const consumer = await inner.join(options);
      if (options.group !== 'crm-samples') return consumer;
      seeder = consumer;
      return hold(consumer);
    },
  };
  const expire = async (): Promise<void> => {
    if (seeder !== null) await (inner as EmbeddedTransport).expire(seeder);
  };
  return { backing: { ...opened, transport }, reached: reached.promise, letGo: gate.resolve, expire };
}

test('many CRMs that start together seed once', async () => {
  const bench = await newBench();
  await Promise.all([1, 2, 3, 4].map(() => bench.start()));
  expect(await bench.all(topics.customers)).toHaveLength(sampleCustomers.length);
});

test('a restart does not seed again, nor does a topic get samples that holds anything', async () => {
  const bench = await newBench();
  const only = customer('only');
  await bench.publish({ topic: topics.customers, partition: 0, key: 'only', value: JSON.stringify(only) });
  for (const _ of [1, 2]) {
    const crm = await bench.start();
    expect((await send(crm, 'GET', '/customers')).body).toEqual({ customers: [only], next: null });
    await crm.stop();
  }
  expect(await bench.all(topics.customers)).toHaveLength(1);
});

test('a CRM that stalls before it seeds can not put a sample over a change that came meanwhile', async () => {
  const bench = await newBench();
  const slow = await slowToSeed(bench);
  const starting = bench.start(slow.backing);
  await slow.reached;
  // the group takes the stalled one for dead, as it would after its time-out; another CRM seeds, somebody changes
  await slow.expire();
  const crm = await bench.start();
  const changed = customer('2', { name: 'Changed' });
  expect((await post(crm, changed)).status).toBe(200);
  slow.letGo();
  const late = await starting;
  await until('the late one to be ready', async () => (await late.readiness()).ready);
  expect((await send(late, 'GET', '/customers/2')).body).toEqual(changed);
  const last = (await bench.all(topics.customers)).filter(({ key }) => key === '2').at(-1);
  expect(JSON.parse(String(last?.value))).toEqual(changed);
  expect(await bench.all(topics.customers)).toHaveLength(sampleCustomers.length + 1);
});

test('no change is taken while the samples are not in place, so that none can come after it', async () => {
  const bench = await newBench();
  const slow = await slowToSeed(bench);
  const starting = bench.start(slow.backing);
  await slow.reached;
  const waiting = bench.start();
  slow.letGo();
  const [one, other] = await Promise.all([starting, waiting]);
  for (const crm of [one, other]) expect((await post(crm, customer('1'))).status).toBe(200);
  expect(await bench.all(topics.customers)).toHaveLength(sampleCustomers.length + 2);
});

test('with SAMPLES=off there are no customers, and the first that is made is taken at once', async () => {
  const bench = await newBench();
  const crm = await bench.start(bench.backing, { samples: false });
  expect((await send(crm, 'GET', '/customers')).body).toEqual({ customers: [], next: null });
  expect((await post(crm, customer('1'))).status).toBe(201);
  expect(await bench.all(topics.customers)).toHaveLength(1);
});
