import type { JobStoreKind } from '../../services/platform/backing.ts';
import type { Log } from '../options.ts';
import type { Setup } from '../setup.ts';

/** One row of the table of prices: a setup, and the one that lacks what it has (or has what it lacks). */
export interface Price {
  readonly guarantee: string;
  readonly setup: Setup;
  /** Null for the first of a log, which is held against the floor alone. */
  readonly against: Setup | null;
}

type Shape = Pick<Setup, 'partitions' | 'engines' | 'rate'>;

/** What each guarantee is measured by: on each log a base, and setups that differ from it in one thing. */
export function pricesOn(log: Log, shape: Shape): readonly Price[] {
  const plain = (store: JobStoreKind): Setup => ({ log, system: 'requite', store, files: false, ...shape });
  return log === 'kafka' ? onKafka(plain) : onEmbedded(plain);
}

function onKafka(plain: (store: JobStoreKind) => Setup): readonly Price[] {
  const base = plain('sqlite');
  return [
    { guarantee: 'at-least-once: jobs in SQLite, flushed each batch', setup: base, against: null },
    { guarantee: 'the same, not flushed', setup: { ...base, fsync: false }, against: base },
    { guarantee: 'exactly-once: jobs in Kafka, transactions', setup: plain('kafka'), against: base },
    {
      guarantee: 'the same, with gapless numbers',
      setup: { ...plain('kafka'), numbers: 'gapless' },
      against: plain('kafka'),
    },
    ...common(base),
    { guarantee: 'every trace recorded', setup: { ...base, tracing: 'all' }, against: base },
  ];
}

function onEmbedded(plain: (store: JobStoreKind) => Setup): readonly Price[] {
  const base = plain('sqlite');
  const atOnce = plain('embedded');
  return [
    { guarantee: 'at-least-once: jobs in a file of their own, flushed', setup: base, against: null },
    { guarantee: 'the same, not flushed', setup: { ...base, fsync: false }, against: base },
    { guarantee: "exactly-once: jobs in the log's file, one transaction", setup: atOnce, against: base },
    { guarantee: 'the same, not flushed', setup: { ...atOnce, fsync: false }, against: atOnce },
    {
      guarantee: 'the same, with gapless numbers',
      setup: { ...atOnce, numbers: 'gapless' },
      against: atOnce,
    },
    ...common(base),
    { guarantee: 'one trace in ten recorded', setup: { ...base, tracing: 'on' }, against: base },
  ];
}

function common(base: Setup): readonly Price[] {
  return [
    { guarantee: 'a file for each bill, flushed', setup: { ...base, files: true }, against: base },
    { guarantee: 'gapless numbers', setup: { ...base, numbers: 'gapless' }, against: base },
    { guarantee: 'no tracing', setup: { ...base, tracing: 'off' }, against: base },
  ];
}

/** All that is to be measured for the prices: the floor of each first. */
export function setupsOf(prices: readonly Price[]): readonly Setup[] {
  const floors = new Map<string, Setup>();
  for (const { setup } of prices) {
    const { log, partitions, engines, rate, fsync } = setup;
    // a broker flushes as it likes, whatever our services are told
    const flushed = log === 'embedded' && fsync === false ? { fsync } : {};
    const shape = { partitions, engines, rate, ...flushed };
    floors.set(`${log} ${fsync === false && log === 'embedded'}`, {
      log,
      system: 'floor',
      store: null,
      files: false,
      ...shape,
    });
  }
  return [...floors.values(), ...prices.map(({ setup }) => setup)];
}
