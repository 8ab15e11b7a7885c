import type { Throughput } from '../../bench/measure/throughput.ts';
import type { BenchOptions } from '../../bench/options.ts';
import { readOptions } from '../../bench/options.ts';
import { FORMAT, type Measured, type Results, rowsOf } from '../../bench/report/results.ts';

/** What was measured of a setup: these speeds, nothing else. */
export const measured = (setup: Measured['setup'], ...speeds: readonly number[]): Measured => ({
  setup,
  throughput: speeds.map(throughputOf),
  latency: [],
  peakRssBytes: null,
  failure: null,
});

const throughputOf = (billsPerSecond: number): Throughput => ({
  bills: billsPerSecond,
  ms: 1000,
  billsPerSecond,
  repeats: 0,
  cpuUsPerBill: { coordinator: 10, engine: 90 },
  benchCpuUsPerBill: 1,
  brokerCpuUsPerBill: null,
});

/** The options that these arguments come to. */
export function optionsOf(...args: readonly string[]): BenchOptions {
  const options = readOptions(args);
  if (options === null) throw new Error('help was not asked for');
  return options;
}

/** A whole result of what was measured. */
export const resultsOf = (options: BenchOptions, all: readonly Measured[]): Results => ({
  format: FORMAT,
  startedAt: '2026-11-22T01:02:03.000Z',
  finishedAt: '2026-11-22T01:03:03.000Z',
  commit: { hash: '0123456789abcdef', dirty: false },
  machine: {
    cpu: 'a processor',
    cores: 2,
    memoryGiB: 4,
    system: 'linux',
    runtime: 'Bun',
    fileSystem: 'ext4',
    loadBefore: 0,
  },
  options,
  broker: null,
  postgres: null,
  rows: rowsOf(all),
  floors: [],
  leftOut: [],
  notMeasured: '',
});
