import { type Static, Type } from '@sinclair/typebox';
import { CivilDate, type SchemaOf } from '../billing/schema.ts';
import type { Json } from '../messages/json.ts';
import { Identifier } from '../messages/schemas.ts';
import { OrderId } from '../orders/order.ts';
import { foldInput, type KeyedFold } from '../view/keyed-fold.ts';
import { isoTime } from '../workflow/time.ts';
import { addDemand, type Demand, FORECAST_ALPHA, ForecastFigures, forecastOf } from './forecast.ts';
import { DAY_MS, instantOf } from './instant.ts';
import { type EventOrder, piecesOf } from './order-event.ts';
import { orderTimeOf } from './order-times.ts';
import { type Choreography, type Reacted, reactionFold } from './reaction.ts';
import { choreographyTopics } from './topics.ts';

const DemandRecordSchema = Type.Object({
  orderId: OrderId,
  sku: Type.Intersect([Identifier]),
  quantity: Type.Integer({ minimum: 1 }),
  /** Days since 1970, in UTC. */
  day: Type.Integer({ minimum: -800_000, maximum: 3_000_000 }),
});
/** How much of a product an order takes, on `demand`, keyed by product. */
export type DemandRecord = Static<typeof DemandRecordSchema>;
export const DemandRecord: SchemaOf<DemandRecord> = DemandRecordSchema;

const ForecastSchema = Type.Object({
  sku: Type.String({ minLength: 1 }),
  /** The day that it is for, `YYYY-MM-DD` in UTC. */
  day: CivilDate,
  ...ForecastFigures.properties,
  /** How much the latest day weighs. */
  alpha: Type.Number({ minimum: 0, maximum: 1 }),
  /** Orders that came too late for their day, and are left out. */
  late: Type.Integer({ minimum: 0 }),
});
/** What is expected of a product, on `forecasts`, keyed by product. */
export type Forecast = Static<typeof ForecastSchema>;
export const Forecast: SchemaOf<Forecast> = ForecastSchema;

/**
 * The day that an order's demand is of: that of `createdAt`. A time that is more than a day ahead of the log is none: it
 * would make everything that follows late.
 */
function dayOfDemand({ createdAt }: EventOrder, time: string): number {
  const now = instantOf(time) ?? 0;
  const at = instantOf(createdAt) ?? now;
  return Math.floor((at > now + DAY_MS ? now : at) / DAY_MS);
}

/** The first step of the forecasting service: what an order takes of each product goes to whoever has that product. */
export function forecastOrdersFold(choreography: Choreography): KeyedFold<EventOrder, Reacted> {
  return reactionFold(choreography, {
    name: 'forecast-orders',
    target: 'forecasting-service',
    act: (order, time, participant) => [
      ...piecesOf(order).map(({ sku, quantity }) => ({
        topic: choreographyTopics.demand,
        key: sku,
        value: { orderId: order.orderId, sku, quantity, day: dayOfDemand(order, time) },
      })),
      orderTimeOf(order.orderId, participant, time),
    ],
  });
}

/** Under `product/<sku>` its demand, under `order/<id>/<sku>` that an order's was counted. */
type ForecastState = Demand | { readonly counted: true };

/** Forecasts each product's demand of the next day, by what was ordered of it each day; each order counts once. */
export const forecastsFold: KeyedFold<DemandRecord, ForecastState> = {
  name: 'forecasts',
  inputs: [
    foldInput(choreographyTopics.demand, DemandRecord, {
      toMessage: (record: DemandRecord) => record,
      keyOf: ({ sku }: DemandRecord) => sku,
    }),
  ],
  keysOf: (record) => [productKey(record), orderKey(record)],
  fold: (record, states) => {
    const known = states.get(productKey(record));
    const demand = known !== undefined && 'closed' in known ? known : undefined;
    const isCounted = states.get(orderKey(record)) !== undefined;
    const counted = isCounted ? demand : addDemand(demand, record.day, record.quantity);
    if (counted === undefined) return [];
    if (!isCounted) {
      states.set(productKey(record), counted);
      states.set(orderKey(record), { counted: true });
    }
    const forecast: Forecast = {
      sku: record.sku,
      day: isoTime((counted.latest + 1) * DAY_MS).slice(0, 10),
      ...forecastOf(counted),
      alpha: FORECAST_ALPHA,
      late: counted.late,
    };
    return [{ topic: choreographyTopics.forecasts, key: record.sku, value: forecast as unknown as Json }];
  },
};

const productKey = ({ sku }: DemandRecord): string => `product/${sku}`;
const orderKey = ({ orderId, sku }: DemandRecord): string => `order/${encodeURIComponent(orderId)}/${sku}`;
