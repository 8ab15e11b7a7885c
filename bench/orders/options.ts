import { OptionsError, oneOf, parseFlags, whole as wholeOf, wholes } from '../../test/support/flags.ts';
import type { Log } from '../options.ts';

/** What the orders bench shall do, checked. */
export interface OrdersOptions {
  readonly logs: readonly Log[];
  /** Orders of one throughput repetition. */
  readonly orders: number;
  /** How many instances of everything, one measurement each. */
  readonly instances: readonly number[];
  readonly partitions: number;
  /** Orders offered each second in the latency part. */
  readonly rate: number;
  readonly seconds: number;
  /** Lookups of one repetition, each way. */
  readonly lookups: number;
  /** Orders in the view that is rebuilt; 0 leaves that part out. */
  readonly rebuild: number;
  readonly repeat: number;
  readonly out: string | null;
  readonly wipe: boolean;
}

export const ordersUsage = `Usage: bun bench orders [options]

Measures the orders ecosystem over real processes: orders a second from POST to VALIDATED, how long GET …/validated
waits right after the POST, lookups in the view at the instance that has the key and at one that has not, and how long
a lost view takes to be folded again; each beside its floor of the same run.

  --broker NAME      embedded, kafka or both (default both)
  --orders N         orders of one throughput repetition (default 2000)
  --instances LIST   instances of every service, several separated by commas (default 1,2,3)
  --partitions N     partitions of each topic (default 6)
  --rate N           orders offered each second in the latency part (default 20)
  --seconds N        how long a latency part offers orders (default 5)
  --lookups N        lookups of one repetition, each way (default 10000)
  --rebuild N        orders in the view that is rebuilt; 0 leaves that out (default 100000)
  --repeat N         repetitions of each measurement (default 3)
  --out FILE         where the JSON goes (default bench/results/orders-<time>.json)
  --wipe             delete our topics where BROKERS has them already, with all that's in them
  --help             print this

BROKERS, the KAFKA_ settings and TMPDIR as for bun bench. See bench/README.md for how to read it.
`;

const VALUES = [
  'broker',
  'orders',
  'instances',
  'partitions',
  'rate',
  'seconds',
  'lookups',
  'rebuild',
  'repeat',
  'out',
] as const;

/** Reads the arguments; null where help is asked for. Throws `OptionsError`. */
export function readOrdersOptions(args: readonly string[]): OrdersOptions | null {
  const { given, flags } = parseFlags(args, VALUES, ['wipe', 'help']);
  if (flags.help === true) return null;
  const broker = oneOf('broker', given.broker, ['embedded', 'kafka', 'both']) ?? 'both';
  const whole = (name: (typeof VALUES)[number], fallback: number, min: number, max: number): number =>
    wholeOf(name, given[name], { fallback, min, max, digits: 9 });
  const counts =
    given.instances === undefined
      ? [1, 2, 3]
      : wholes('instances', given.instances, { fallback: 1, min: 1, max: 16 });
  const partitions = whole('partitions', 6, 1, 1024);
  if (Math.max(...counts) > partitions)
    throw new OptionsError(
      `--instances ${counts} needs as many partitions: give --partitions ${Math.max(...counts)} or more`,
    );
  return {
    logs: broker === 'both' ? ['embedded', 'kafka'] : [broker],
    orders: whole('orders', 2_000, 1, 10_000_000),
    instances: counts,
    partitions,
    rate: whole('rate', 20, 1, 10_000),
    seconds: whole('seconds', 5, 1, 3_600),
    lookups: whole('lookups', 10_000, 1, 10_000_000),
    rebuild: whole('rebuild', 100_000, 0, 100_000_000),
    repeat: whole('repeat', 3, 1, 1_000),
    out: given.out ?? null,
    wipe: flags.wipe === true,
  };
}
