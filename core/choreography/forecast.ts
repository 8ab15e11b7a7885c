// Simple exponential smoothing of a product's demand per day, kept so that late orders still count.
import { type Static, Type } from '@sinclair/typebox';

/** How much the latest day weighs, 0 to 1. */
export const FORECAST_ALPHA = 0.3;
/** An order counts into its day as long as that is at most so many days before the product's latest. */
export const FORECAST_GRACE_DAYS = 7;

/** The days that are closed, smoothed. Days are counted from 1970, in UTC. */
interface Smoothed {
  /** The forecast for the day after `through`; null before the first day. */
  readonly level: number | null;
  /** The last day that is in it. */
  readonly through: number;
  /** How many forecasts met their day, and by how much they missed it in all. */
  readonly forecasts: number;
  readonly missed: number;
  /** The same for days that took something: the sum of what was missed by, each as a part of its day. */
  readonly relative: number;
  readonly relatives: number;
}

/** The demand for one product. JSON. */
export interface Demand {
  readonly closed: Smoothed;
  /** Pieces of each open day that took some, from the earliest; days between that are not here took none. */
  readonly open: readonly (readonly [day: number, pieces: number])[];
  /** The latest day. */
  readonly latest: number;
  /** Orders that came too late for their day: they are in no sum. */
  readonly late: number;
}

export const ForecastFigures = Type.Object({
  /** Pieces of the day after the latest, with the latest as it stands: more of it may come. */
  forecast: Type.Number(),
  /** The mean of by how much the forecasts missed their days, in pieces; null before the second day is over. */
  mae: Type.Union([Type.Number(), Type.Null()]),
  /** The same in percent of the day, over the days that took something. */
  mape: Type.Union([Type.Number(), Type.Null()]),
  /** Days from the first to the latest. */
  days: Type.Integer({ minimum: 1 }),
});
/** What is expected of a product, from all that was ordered so far. */
export type ForecastFigures = Static<typeof ForecastFigures>;

/** Adds an order's pieces to its day. */
export function addDemand(known: Demand | undefined, day: number, pieces: number): Demand {
  const demand = known ?? { closed: before(day), open: [], latest: day, late: 0 };
  // days before the first are known to have been without demand only from the first on: it moves back while it is open
  const isFirst = demand.closed.level === null && demand.closed.through >= day;
  if (day < demand.latest - FORECAST_GRACE_DAYS) return { ...demand, late: demand.late + 1 };
  const closed = isFirst ? before(day) : demand.closed;
  const others = demand.open.filter(([each]) => each !== day);
  const sum = (demand.open.find(([each]) => each === day)?.[1] ?? 0) + pieces;
  const open = [...others, [day, sum] as const].sort(([one], [other]) => one - other);
  return close({ ...demand, closed, open, latest: Math.max(demand.latest, day) });
}

const before = (day: number): Smoothed => ({
  level: null,
  through: day - 1,
  forecasts: 0,
  missed: 0,
  relative: 0,
  relatives: 0,
});

/** What is expected next. */
export function forecastOf({ closed, open, latest }: Demand): ForecastFigures {
  // the errors are those of days that are over: the latest is not
  const over = through(closed, open, latest - 1);
  const { level, forecasts, missed, relative, relatives } = over;
  const pieces = open.find(([day]) => day === latest)?.[1] ?? 0;
  return {
    forecast: rounded(next(level, pieces)),
    mae: forecasts === 0 ? null : rounded(missed / forecasts),
    mape: relatives === 0 ? null : rounded((100 * relative) / relatives),
    days: forecasts + (level === null ? 1 : 2),
  };
}

/** Closes the days that nothing can come for any more. */
function close(demand: Demand): Demand {
  const until = demand.latest - FORECAST_GRACE_DAYS - 1;
  if (until <= demand.closed.through) return demand;
  const closed = through(demand.closed, demand.open, until);
  return { ...demand, closed, open: demand.open.filter(([day]) => day > until) };
}

function through(from: Smoothed, open: Demand['open'], until: number): Smoothed {
  const pieces = new Map(open);
  let state = from;
  for (let day = from.through + 1; day <= until; day++) state = smooth(state, day, pieces.get(day) ?? 0);
  return state;
}

function smooth(state: Smoothed, day: number, pieces: number): Smoothed {
  const level = next(state.level, pieces);
  if (state.level === null) return { ...state, level, through: day };
  const missed = Math.abs(pieces - state.level);
  return {
    level,
    through: day,
    forecasts: state.forecasts + 1,
    missed: state.missed + missed,
    relative: pieces === 0 ? state.relative : state.relative + missed / pieces,
    relatives: pieces === 0 ? state.relatives : state.relatives + 1,
  };
}

/** The forecast for the next day: the first day's is what the first day took. */
const next = (level: number | null, pieces: number): number =>
  level === null ? pieces : FORECAST_ALPHA * pieces + (1 - FORECAST_ALPHA) * level;

/** To six decimals. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
