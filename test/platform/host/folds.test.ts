import { afterEach, describe, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import {
  type Consumer,
  commitInOrder,
  foldInput,
  type JobStore,
  type KeyedFold,
  MemoryJobStore,
  MemoryLog,
  partitionFor,
  type Transport,
  TransportError,
  topics,
} from '../../../core/mod.ts';
import { stateId } from '../../../core/view/keyed-state.ts';
import { type Backing, openBacking } from '../../../services/platform/backing.ts';
import { serveFold } from '../../../services/platform/host/folds.ts';
import type { Host } from '../../../services/platform/host/settings.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { openSqliteJobStore } from '../../../services/platform/store/sqlite/sqlite-job-store.ts';
import { kafkaSettings } from '../../../services/platform/transport/kafka/settings.ts';
import { KafkaTransport } from '../../../services/platform/transport/kafka/transport.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { NamespacedTransport } from '../../contracts/namespaced.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 4;
const DEPOSITS = 'deposits';
const BALANCES = 'balances';
const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });

interface Deposit {
  readonly id: string;
  readonly account: string;
  readonly amount: number;
}
/** The balance after each deposit, by which a repeat finds what was decided. */
type Account = { readonly balance: number; readonly after: Readonly<Record<string, number>> };

const deposits: KeyedFold<Deposit, Account> = {
  name: 'deposits',
  inputs: [
    foldInput(DEPOSITS, Type.Object({ id: Type.String(), account: Type.String(), amount: Type.Integer() }), {
      toMessage: (deposit): Deposit => deposit,
      keyOf: ({ account }) => account,
    }),
  ],
  keysOf: ({ account }) => [account],
  fold: ({ id, account, amount }, states) => {
    if (id === 'defect') throw new Error('a defect of the fold');
    const { balance, after } = states.get(account) ?? { balance: 0, after: {} };
    const known = after[id];
    if (known !== undefined) return [{ topic: BALANCES, key: account, value: { id, balance: known } }];
    const next = balance + amount;
    states.set(account, { balance: next, after: { ...after, [id]: next } });
    return [{ topic: BALANCES, key: account, value: { id, balance: next } }];
  },
};

/** A log and a job store; each `connect` is as another process would have them. */
interface Ground {
  readonly connect: () => Promise<Backing>;
}

const running: Host[] = [];
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const host of running.splice(0)) await host.stop();
  for (const each of opened.splice(0).reverse()) await each.close();
});

const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'requite-folds-'));

/** Log and store as separate things. */
function apart(transport: Transport, jobStore: JobStore): Backing {
  return {
    kind: 'embedded',
    description: 'for a test',
    transport,
    jobStore,
    commit: commitInOrder(jobStore),
    atomic: false,
    close: () => transport.close(),
  };
}

function onMemory(openStore: () => Promise<JobStore>): () => Promise<Ground> {
  return async () => {
    const log = new MemoryLog({ now: Date.now, sleep: (ms) => Bun.sleep(ms) });
    const store = await openStore();
    opened.push(store, log);
    return { connect: async () => apart(log.connect(), store) };
  };
}

function onEmbedded(jobStore: 'embedded' | 'sqlite'): () => Promise<Ground> {
  return async () => {
    const dataDir = newDirectory();
    return { connect: () => openBacking({ dataDir, jobStore }) };
  };
}

async function onKafka(): Promise<Ground> {
  const { brokers } = await sharedBroker();
  const prefix = uniqueName('folds');
  const store = openSqliteJobStore(join(newDirectory(), 'jobs.db'));
  opened.push(store);
  const settings = kafkaSettings(brokers, { sessionTimeoutMs: 6_000 });
  return {
    connect: async () => apart(new NamespacedTransport(new KafkaTransport(settings, logger), prefix), store),
  };
}

async function serve(backing: Backing): Promise<Host> {
  const host = await serveFold(deposits, {
    backing,
    logger,
    partitions: PARTITIONS,
    topics: [DEPOSITS, BALANCES],
  });
  running.push(host);
  return host;
}

async function stop(host: Host): Promise<void> {
  running.splice(running.indexOf(host), 1);
  await host.stop();
}

async function connect(ground: Ground): Promise<Backing> {
  const backing = await ground.connect();
  opened.push(backing);
  return backing;
}

const accounts: readonly string[] = Array.from({ length: 12 }, (_, at) => `account-${at}`);

async function deposit(backing: Backing, ids: readonly string[], amount = 1): Promise<void> {
  await backing.transport.publish(
    ids.flatMap((id) =>
      accounts.map((account) => ({
        topic: DEPOSITS,
        partition: partitionFor(account, PARTITIONS),
        key: account,
        value: JSON.stringify({ id, account, amount }),
      })),
    ),
  );
}

/** What was published, by account and deposit; a repeat must say the same. */
async function balances(backing: Backing): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { key, value } of await readTopic(backing.transport, BALANCES)) {
    const { id, balance } = JSON.parse(String(value)) as { id: string; balance: number };
    const name = `${String(key)} ${id}`;
    expect([name, found.get(name) ?? balance]).toEqual([name, balance]);
    found.set(name, balance);
  }
  return found;
}

async function stored(backing: Backing): Promise<Map<string, { balance: number; revision: number }>> {
  const jobs = await backing.jobStore.load(accounts.map((account) => stateId('deposits', account)));
  return new Map(
    accounts.flatMap((account): [string, { balance: number; revision: number }][] => {
      const job = jobs.get(stateId('deposits', account));
      if (job === undefined) return [];
      return [[account, { balance: (job.input as unknown as Account).balance, revision: job.revision }]];
    }),
  );
}

const brokenConsumer = {
  commit: async () => {
    throw new TransportError('unavailable', 'the log went away between saving and publishing');
  },
} as unknown as Consumer;

/** The backing, but of its commits those that `isBroken` chooses fail: where log and store are apart, after the save. */
function failing(backing: Backing, isBroken: () => boolean): Backing {
  return {
    ...backing,
    commit: async (consumer, unit) => {
      if (!isBroken()) return backing.commit(consumer, unit);
      if (backing.atomic) throw new TransportError('unavailable', 'the log went away');
      return backing.commit(brokenConsumer, unit);
    },
  };
}

function suite(make: () => Promise<Ground>): void {
  test('folds what lies on its topics, over restarts, with its states in the job store', async () => {
    const ground = await make();
    const backing = await connect(ground);
    const host = await serve(backing);
    await deposit(backing, ['a', 'b']);
    await until('the first balances', async () => (await balances(backing)).size === 24);
    await stop(host);
    await deposit(backing, ['c']);
    await serve(await connect(ground));
    await until('all balances', async () => (await balances(backing)).size === 36);
    expect((await balances(backing)).get('account-7 c')).toBe(3);
    expect([...(await stored(backing)).values()].map(({ balance }) => balance)).toEqual(
      accounts.map(() => 3),
    );
  });

  test('every message counts once, though every other unit of work is cut off (invariant 5)', async () => {
    const ground = await make();
    const backing = await connect(ground);
    let turn = 0;
    const unreliable = failing(backing, () => turn++ % 2 === 0);
    await serve(unreliable);
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const [at, id] of ids.entries()) {
      await deposit(backing, [id]);
      await until(`the balances after ${id}`, async () => (await balances(backing)).size === 12 * (at + 1));
    }
    expect(turn).toBeGreaterThan(5);
    for (const account of accounts)
      for (const [at, id] of ids.entries())
        expect((await balances(backing)).get(`${account} ${id}`)).toBe(at + 1);
    expect([...(await stored(backing)).values()].map(({ balance }) => balance)).toEqual(
      accounts.map(() => 5),
    );
  }, 60_000);

  test('what a member had saved and not published when it died, the next one publishes', async () => {
    const ground = await make();
    const backing = await connect(ground);
    const dying = await serve(failing(backing, () => true));
    await deposit(backing, ['a']);
    if (!backing.atomic)
      await until('the states to be saved', async () => (await stored(backing)).size === 12);
    await until('it to be in trouble', () => dying.readiness().includes('the log went away'));
    await stop(dying);
    expect((await balances(backing)).size).toBe(0);
    const saved = await stored(backing);
    await serve(await connect(ground));
    await until('the balances', async () => (await balances(backing)).size === 12);
    expect([...(await balances(backing)).values()]).toEqual(accounts.map(() => 1));
    if (!backing.atomic) expect(await stored(backing)).toEqual(saved);
  });

  test('two members share the work, and who is left goes on with the states of both', async () => {
    const ground = await make();
    const backing = await connect(ground);
    const [one, other] = [await serve(backing), await serve(await connect(ground))];
    // until both have partitions, one may do all
    let round = 0;
    await until('both to work', async () => {
      await deposit(backing, [`r${round++}`]);
      await until('the round', async () => (await balances(backing)).size === 12 * round);
      return Object.keys(one.ledger).length > 0 && Object.keys(other.ledger).length > 0;
    });
    await stop(one);
    await deposit(backing, ['last']);
    await until('the last balances', async () => (await balances(backing)).size === 12 * (round + 1));
    for (const account of accounts) expect((await balances(backing)).get(`${account} last`)).toBe(round + 1);
  }, 60_000);

  test('a message that the fold has a defect for goes to the dead letters alone (invariant 8)', async () => {
    const ground = await make();
    const backing = await connect(ground);
    await backing.transport.createTopics([{ name: topics.deadLetters, partitions: PARTITIONS }]);
    const host = await serve(backing);
    await deposit(backing, ['a', 'defect', 'b']);
    await until('the good ones', async () => (await balances(backing)).size === 24);
    const letters = await until('the dead letters', async () => {
      const found = await readTopic(backing.transport, topics.deadLetters);
      return found.length >= 12 && found;
    });
    expect(letters.map(({ headers }) => headers['requite-reason'])).toEqual(
      accounts.map(() => 'processing-failed'),
    );
    expect((await balances(backing)).get('account-3 b')).toBe(2);
    await until(
      'the ledger to have all',
      () => Object.values(host.ledger).reduce((sum, n) => sum + n, 0) === 36,
    );
  }, 60_000);
}

describe('a fold on MemoryLog and MemoryJobStore', () => suite(onMemory(async () => new MemoryJobStore())));
describe('a fold on MemoryLog, its states in SQLite', () =>
  suite(onMemory(async () => openSqliteJobStore(join(newDirectory(), 'jobs.db')))));
describe('a fold on the embedded log, all in one transaction', () => suite(onEmbedded('embedded')));
describe('a fold on the embedded log, its states in SQLite', () => suite(onEmbedded('sqlite')));

describeWithBroker('a fold on Kafka, its states in SQLite', () => {
  suite(onKafka);

  test('a member with another store gives up, says so, and takes no message', async () => {
    const { brokers } = await sharedBroker();
    const settings = kafkaSettings(brokers, { sessionTimeoutMs: 6_000 });
    const prefix = uniqueName('folds');
    const ground = async (): Promise<Ground> => {
      const store = openSqliteJobStore(join(newDirectory(), 'jobs.db'));
      opened.push(store);
      const transport = (): Transport =>
        new NamespacedTransport(new KafkaTransport(settings, logger), prefix);
      return { connect: async () => apart(transport(), store) };
    };
    const [ours, others] = [await ground(), await ground()];
    const backing = await connect(ours);
    const first = await serve(backing);
    await deposit(backing, ['a']);
    await until('the balances', async () => (await balances(backing)).size === 12);
    await stop(first);
    const wrong = await serve(await connect(others));
    await deposit(backing, ['b']);
    await until('it to give up', () => /kept in another store/.test(wrong.readiness()));
    await serve(await connect(ours));
    await until('the balances of both', async () => (await balances(backing)).size === 24);
    expect((await balances(backing)).get('account-0 b')).toBe(2);
    expect(wrong.ledger).toEqual({});
  }, 60_000);
});

test('records wait while a topic that the fold writes is missing, and none of them is put aside', async () => {
  const { connect } = await onEmbedded('embedded')();
  const backing = await connect();
  opened.push(backing);
  // it names no topics that it writes, as a first attempt may
  const host = await serveFold(deposits, { backing, logger, partitions: PARTITIONS });
  running.push(host);
  const value = JSON.stringify({ id: 'd-1', account: 'a', amount: 5 });
  await backing.transport.publish([
    { topic: DEPOSITS, partition: partitionFor('a', PARTITIONS), key: 'a', value },
  ]);
  await until('it says what is missing', () => host.readiness().includes(BALANCES));
  await backing.transport.createTopics([{ name: BALANCES, partitions: PARTITIONS }]);
  await until('it goes on', async () => (await readTopic(backing.transport, BALANCES)).length === 1);
  expect(await readTopic(backing.transport, topics.deadLetters)).toEqual([]);
});
