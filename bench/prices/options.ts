import { OptionsError, parseFlags } from '../../test/support/flags.ts';
import { type BenchOptions, readOptions } from '../options.ts';

/** As bun bench takes them. */
const OPTIONS = [
  'bills',
  'broker',
  'partitions',
  'engines',
  'rate',
  'seconds',
  'repeat',
  'seed',
  'out',
] as const;
const ONE_ONLY = ['partitions', 'engines', 'rate'] as const;

/** Other than bun bench's own defaults: what the figures of the project are of. */
const DEFAULTS = { bills: '20000', partitions: '12' } as const;

export const pricesUsage = `Usage: bun bench prices [options]

Measures in one run what each guarantee costs: at-least-once and exactly-once, flushing to the disk, a file for each
bill, tracing, and the checks of messages. Each row is held against the row that differs from it in that one thing.

  --bills N           bills of one throughput repetition (default ${DEFAULTS.bills})
  --broker NAME       embedded, kafka or both (default both)
  --partitions N      partitions of each topic (default ${DEFAULTS.partitions})
  --engines N         engine processes (default 1)
  --rate N            bills offered each second in the latency part; 0 leaves it out (default 50)
  --seconds N         how long a latency part offers bills (default 5)
  --repeat N          repetitions of each measurement (default 3)
  --seed N            of the customers and of the times of arrival (default 1)
  --out FILE          where the JSON goes (default bench/results/prices-<time>.json); bun bench compare reads it
  --wipe              delete our topics where BROKERS has them already, with all that's in them
  --help              print this

BROKERS, the KAFKA_ settings and TMPDIR as for bun bench. See bench/README.md for how to read it.
`;

/** Reads the arguments; null where help is asked for. Throws `OptionsError`. */
export function readPricesOptions(args: readonly string[]): BenchOptions | null {
  const { given, flags } = parseFlags(args, OPTIONS, ['wipe', 'help']);
  if (flags.help === true) return null;
  for (const name of ONE_ONLY)
    if (given[name]?.includes(',') === true)
      throw new OptionsError(
        `--${name} "${given[name]}" can't be used: the prices are of one shape, give one number`,
      );
  // of an option that is given twice the last counts
  const defaults = Object.entries(DEFAULTS).flatMap(([name, value]) => [`--${name}`, value]);
  return readOptions([...defaults, ...args]);
}
