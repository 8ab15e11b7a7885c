// What is asked for: customers and bill runs, the same for the same seed.
import { type SeededRandom, seededRandom } from '../story/seeded.ts';

interface Entry {
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly taxRate: string;
}

interface Metered extends Entry {
  readonly unit: string;
}

/** A customer as the CRM has it, on the topic `customers`. */
export interface PlannedCustomer {
  readonly customerIdentifier: string;
  readonly name: string;
  readonly address: {
    readonly lines: readonly string[];
    readonly postalCode: string;
    readonly city: string;
    readonly country: string;
  };
  readonly currency: string;
  readonly taxId?: string;
  readonly subscriptions: readonly Entry[];
  readonly usage: readonly Metered[];
}

/** A run as it is posted; `at` is the part of the whole time at which it is, from 0 to 1. */
export interface PlannedRun {
  readonly at: number;
  readonly runId: string;
  readonly billDate: string;
  readonly customerIdentifiers: readonly string[];
}

export interface Plan {
  readonly customers: ReadonlyMap<string, PlannedCustomer>;
  /** In the order of their times. */
  readonly runs: readonly PlannedRun[];
}

/** Two decimals, none, and three: money is rounded in each way that there is. */
const CURRENCIES = ['EUR', 'USD', 'JPY', 'KWD'] as const;
const RATES = ['19', '7', '0', '8.25', '19.0', '5.5'] as const;
const NAMES = [
  'Anna Vogel',
  'Ørsted & Søn',
  '佐藤 商店',
  'Łucja Żak',
  'Bar "El Niño"',
  'O’Hara Ltd',
] as const;
const CUSTOMERS_MAX = 2_000;
const RUN_MAX = 40;
/** One in so many customers that are asked for is in no CRM: its workflow has to fail, visibly. */
const UNKNOWN_ONE_IN = 50;
/** One in so many has an identifier that is no safe file name. */
const ODD_ONE_IN = 25;

export function makePlan(seed: number, workflows: number): Plan {
  const random = seededRandom(seed);
  const count = Math.min(workflows, CUSTOMERS_MAX);
  const made = Array.from({ length: count }, (_, at) => customer(at, random));
  const customers = new Map(made.map((each) => [each.customerIdentifier, each]));
  const identifiers = [...customers.keys()];
  const runs: PlannedRun[] = [];
  for (let left = workflows; left > 0; ) {
    const size = Math.min(left, 1 + random.below(Math.min(RUN_MAX, count)));
    const first = random.below(count);
    const some = Array.from({ length: size }, (_, at) =>
      random.below(UNKNOWN_ONE_IN) === 0 ? `nobody-${first + at}` : (identifiers[(first + at) % count] ?? ''),
    );
    runs.push({
      at: 1 - left / workflows,
      runId: `chaos-${seed}-${runs.length}`,
      billDate: `2026-${two(1 + random.below(12))}-${two(1 + random.below(28))}`,
      customerIdentifiers: some,
    });
    left -= size;
  }
  return { customers, runs };
}

function customer(at: number, random: SeededRandom): PlannedCustomer {
  const { below } = random;
  const isOdd = below(ODD_ONE_IN) === 0;
  const entry = (): Entry => ({
    description: `Item ${1 + below(900)}`,
    quantity: decimal(below(50_000), below(4)),
    unitPrice: `${below(8) === 0 ? '-' : ''}${decimal(1 + below(900_000), below(6))}`,
    taxRate: RATES[below(RATES.length)] ?? '19',
  });
  const subscriptions = Array.from({ length: below(4) }, entry);
  const usage = Array.from({ length: below(4) }, () => ({ ...entry(), unit: below(2) === 0 ? 'kWh' : 'GB' }));
  return {
    customerIdentifier: isOdd ? `c/${at} 'ö'` : `c-${at}`,
    name: NAMES[below(NAMES.length)] ?? 'Anna Vogel',
    address: {
      lines: [`${1 + below(99)} Quay`],
      postalCode: String(10_000 + at),
      city: 'Port',
      country: 'IE',
    },
    currency: CURRENCIES[below(CURRENCIES.length)] ?? 'EUR',
    ...(below(3) === 0 ? { taxId: `T-${at}` } : {}),
    subscriptions,
    usage,
  };
}

/** 12345 with 2 decimals is `123.45`. */
function decimal(unscaled: number, decimals: number): string {
  if (decimals === 0) return String(unscaled);
  const digits = String(unscaled).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
