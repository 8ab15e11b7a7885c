import { spreadOf, type Times } from '../measure/statistics.ts';
import { figure, table } from '../report/table.ts';
import type { FlowResult, OrdersResults } from './results.ts';

const ratio = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const median = (times: readonly Times[], of: 'p50' | 'p99'): string =>
  figure(spreadOf(times.map((each) => each[of])).median);

/** The tables, for a terminal. */
export function printedOrders({ flows, rebuilds, broker, options }: OrdersResults): string {
  return [
    '',
    `Orders from POST to VALIDATED, ${options.orders} at a time; floor: their records published and read, no logic`,
    '',
    flowTable(flows),
    '',
    `POST, and GET …/validated right after it at the next instance, ${options.rate} orders/s offered; ms`,
    '',
    timesTable(flows),
    '',
    'Lookups a second at the instance that has the key, and at one that asks it; floor: HTTP with nothing to look up',
    '',
    lookupTable(flows),
    ...(rebuilds.length === 0
      ? []
      : [
          '',
          'A lost view folded again by one instance; floor: the same records only read',
          '',
          rebuildTable(rebuilds),
        ]),
    '',
    ...(broker === null ? [] : [`Kafka: ${broker}.`]),
    'Client, services and broker share this machine; several repetitions give min, median and max.',
  ].join('\n');
}

const flowTable = (flows: readonly FlowResult[]): string =>
  table(
    ['log', 'instances', 'orders/s: min', 'median', 'max', 'records an order', 'floor', 'of the floor'],
    flows.map(({ log, instances, ordersPerSecond: { min, median, max }, recordsAnOrder, floor }) => [
      log,
      String(instances),
      figure(min),
      figure(median),
      figure(max),
      figure(recordsAnOrder),
      figure(floor.median),
      ratio(median, floor.median),
    ]),
    1,
  );

const timesTable = (flows: readonly FlowResult[]): string =>
  table(
    ['log', 'instances', 'POST p50', 'p99', 'GET p50', 'p99'],
    flows.map(({ log, instances, post, get }) => [
      log,
      String(instances),
      median(post, 'p50'),
      median(post, 'p99'),
      median(get, 'p50'),
      median(get, 'p99'),
    ]),
    1,
  );

const lookupTable = (flows: readonly FlowResult[]): string =>
  table(
    ['log', 'instances', 'local', 'routed', 'floor', 'local/floor', 'routed/floor'],
    flows.flatMap(({ log, instances, lookups }) =>
      lookups === null
        ? []
        : [
            [
              log,
              String(instances),
              figure(lookups.local),
              figure(lookups.routed),
              figure(lookups.floor),
              ratio(lookups.local, lookups.floor),
              ratio(lookups.routed, lookups.floor),
            ],
          ],
    ),
    1,
  );

const rebuildTable = (rebuilds: OrdersResults['rebuilds']): string =>
  table(
    ['log', 'orders', 'seconds', 'records/s', 'floor', 'of the floor'],
    rebuilds.map(({ log, orders, seconds, folded, floor }) => [
      log,
      figure(orders),
      figure(seconds),
      figure(folded),
      figure(floor),
      ratio(folded, floor),
    ]),
    1,
  );
