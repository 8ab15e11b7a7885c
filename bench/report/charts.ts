import { writeFileSync } from 'node:fs';
import type { Spread } from '../measure/statistics.ts';
import { counted, type Setup, type Shape } from '../setup.ts';
import { drawn, type Line, type LineChart, type Panel } from './line-chart.ts';
import type { Results, Row } from './results.ts';
import { figure } from './table.ts';

/** Dashes tell what no system of ours is, and how ours was traced. */
const FLOOR_DASH = '6 4';
const TRACED_DASH = { off: '2 3', on: '', all: '10 3 2 3' } as const;
const MOST_COLUMNS = 4;

/** Writes the charts that there is something to see in, beside the JSON; returns their files. */
export function writeCharts(results: Results, file: string): readonly string[] {
  const stem = file.replace(/\.json$/, '');
  const charts = { throughput: throughputChart(results), latency: latencyChart(results) };
  return Object.entries(charts).flatMap(([name, chart]) => {
    if (chart === null) return [];
    const path = `${stem}-${name}.svg`;
    writeFileSync(path, drawn(chart));
    return [path];
  });
}

type Charted = Pick<Results, 'rows' | 'options' | 'startedAt'>;

/**
 * Bills a second over partitions, with a panel for each number of engines; over engines where only they are several.
 * Null where neither is.
 */
export function throughputChart({ rows, options, startedAt }: Charted): LineChart | null {
  // with several rates a shape is measured as often: the first stands for it
  const measured = rows.filter(({ setup }) => setup.rate === options.rates[0]);
  const speedOf = ({ billsPerSecond }: Row): Spread | null => billsPerSecond;
  const isOverPartitions = valuesOf(measured, 'partitions') > 1;
  const engines = valuesOf(measured, 'engines');
  if (!isOverPartitions && engines < 2) return null;
  const panels = isOverPartitions
    ? panelsOf(measured, 'partitions', ['engines'], speedOf)
    : panelsOf(measured, 'engines', ['partitions'], speedOf);
  return {
    title: 'Bills a second, all asked for at once',
    note: `${figure(options.bills)} bills, ${whence(options.repeat, startedAt)}`,
    xLabel: isOverPartitions ? 'partitions of each topic' : 'engine processes',
    yLabel: 'bills/s',
    yScale: 'linear',
    panels,
    columns: Math.min(MOST_COLUMNS, isOverPartitions && engines > 1 ? engines : panels.length),
  };
}

/** Times to the completed record over the rate that was offered, p50 beside p99. Null where there is one rate. */
export function latencyChart({ rows, options, startedAt }: Charted): LineChart | null {
  if (valuesOf(rows, 'rate') < 2) return null;
  const of = (percentile: 'p50' | 'p99'): readonly Panel[] =>
    panelsOf(
      rows,
      'rate',
      ['partitions', 'engines'],
      ({ latencyMs }) => latencyMs?.[percentile] ?? null,
      percentile,
    );
  const p99 = of('p99');
  return {
    title: 'From when a bill was to be sent to its completed record',
    note: `${options.seconds} s at each rate, ${whence(options.repeat, startedAt)}`,
    xLabel: 'bills/s offered',
    yLabel: 'ms',
    yScale: 'logarithmic',
    panels: of('p50').flatMap((panel, at) => [panel, ...p99.slice(at, at + 1)]),
    columns: 2,
  };
}

const whence = (repeat: number, startedAt: string): string =>
  `${repeat === 1 ? 'measured once' : `median of ${repeat}, and their least and most`}; ${startedAt.slice(0, 16).replace('T', ' ')} UTC`;

/** How many values it has among what was measured; the baseline's one engine is not counted. */
const valuesOf = (rows: readonly Row[], of: keyof Shape): number =>
  new Set(
    rows
      .filter(({ setup, failure }) => setup.system !== 'baseline' && failure === null)
      .map(({ setup }) => setup[of]),
  ).size;

/** A panel for each log and each value of `beside`, with a line over `over` for each of what is measured there. */
function panelsOf(
  rows: readonly Row[],
  over: keyof Shape,
  beside: readonly (keyof Shape)[],
  figureOf: (row: Row) => Spread | null,
  percentile?: string,
): readonly Panel[] {
  const panels = new Map<string, Map<string, Line>>();
  for (const row of withBaseline(rows)) {
    const { setup } = row;
    const spread = figureOf(row);
    if (spread === null) continue;
    const shape = beside.map((of) => counted(setup[of], of.slice(0, -1)));
    const title = [...(percentile === undefined ? [] : [percentile]), setup.log, ...shape].join(', ');
    const lines = panels.get(title) ?? new Map<string, Line>();
    panels.set(title, lines);
    const line = lineOf(setup);
    const { median: y, min: low, max: high } = spread;
    const points = [...(lines.get(line.name)?.points ?? []), { x: setup[over], y, low, high }];
    lines.set(line.name, { ...line, points });
  }
  return [...panels].map(([title, lines]) => ({ title, lines: [...lines.values()].toSorted(byRank) }));
}

/** What ours is held against stands first; the rest as it was measured. */
const byRank = (a: Line, b: Line): number => rankOf(a) - rankOf(b);
const rankOf = ({ hue }: Line): number => (hue === 'floor' ? 0 : hue === 'baseline' ? 1 : 2);

function lineOf({ system, store, files, tracing, numbers }: Setup): Line {
  if (system === 'floor') return { name: 'floor', hue: 'floor', dash: FLOOR_DASH, hollow: false, points: [] };
  if (system === 'jobs-floor') {
    const name = `floor with jobs in ${store}`;
    return { name, hue: store ?? 'floor', dash: FLOOR_DASH, hollow: false, points: [] };
  }
  const wrote = files ? 'files' : 'no files';
  if (system === 'baseline')
    return { name: `baseline, ${wrote}`, hue: 'baseline', dash: '', hollow: files, points: [] };
  const more = `${tracing === undefined ? '' : `, tracing ${tracing}`}${numbers === undefined ? '' : `, numbers ${numbers}`}`;
  const name = `jobs in ${store}, ${wrote}${more}`;
  return { name, hue: store ?? 'memory', dash: TRACED_DASH[tracing ?? 'on'], hollow: files, points: [] };
}

/** The baseline has one engine only, and stands beside ours however many those have. */
function withBaseline(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap((row) => {
    const { setup } = row;
    if (setup.system !== 'baseline') return [row];
    const ours = rows.filter(
      ({ setup: { system, log, partitions } }) =>
        system !== 'baseline' && log === setup.log && partitions === setup.partitions,
    );
    const engines = new Set(ours.map((each) => each.setup.engines));
    return [...engines].map((count) => ({ ...row, setup: { ...setup, engines: count } }));
  });
}
