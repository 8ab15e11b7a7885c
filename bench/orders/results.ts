import type { Spread, Times } from '../measure/statistics.ts';
import type { Log } from '../options.ts';
import type { Lookups } from './lookups.ts';
import type { OrdersOptions } from './options.ts';
import type { Rebuild } from './rebuild.ts';

/** What one number of instances on one log came to. */
export interface FlowResult {
  readonly log: Log;
  readonly instances: number;
  readonly ordersPerSecond: Spread;
  readonly recordsAnOrder: number;
  /** Orders a second if their records were only published and read. */
  readonly floor: Spread;
  readonly post: readonly Times[];
  readonly get: readonly Times[];
  readonly lookups: Lookups | null;
}

/** Everything that a run of the bench found. */
export interface OrdersResults {
  readonly startedAt: string;
  readonly machine: unknown;
  readonly commit: unknown;
  readonly options: OrdersOptions;
  readonly broker: string | null;
  readonly flows: readonly FlowResult[];
  readonly rebuilds: readonly (Rebuild & { readonly log: Log })[];
}
