import type { Transport } from '../../../core/mod.ts';
import type { Logger } from '../../platform/log.ts';
import type { CoordinatorMetrics } from '../metrics.ts';
import type { CoordinatorView } from '../view/index.ts';
import type { Waits } from './waits.ts';

/** What the routes work with. */
export interface RouteContext {
  readonly transport: Transport;
  readonly view: CoordinatorView;
  readonly partitions: number;
  readonly waits: Waits;
  readonly metrics: CoordinatorMetrics;
  readonly logger: Logger;
}
