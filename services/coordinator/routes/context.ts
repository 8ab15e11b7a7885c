import type { Transport } from '../../../core/mod.ts';
import type { Calls } from '../../platform/calls/index.ts';
import type { Replayer } from '../../platform/dead-letters/letters.ts';
import type { Logger } from '../../platform/log.ts';
import type { Told } from '../../platform/operations/index.ts';
import type { RecentSpan, Telemetry } from '../../platform/telemetry/index.ts';
import type { AuditLedger } from '../audit-ledger.ts';
import type { RunEvents } from '../events/index.ts';
import type { CoordinatorMetrics } from '../metrics.ts';
import type { CoordinatorView } from '../view/index.ts';
import type { Waits } from './waits.ts';

/** What the routes work with. */
export interface RouteContext {
  readonly calls: Pick<Calls, 'to'>;
  readonly transport: Transport;
  readonly view: CoordinatorView;
  readonly ledger: AuditLedger;
  readonly replayer: Replayer;
  readonly partitions: number;
  readonly waits: Waits;
  readonly events: RunEvents;
  readonly metrics: CoordinatorMetrics;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** The spans of a trace that live processes still have. */
  readonly recentSpans: (traceId: string) => Promise<Told<RecentSpan>>;
}
