import { among, linear, logarithmic, type Scale } from './scale.ts';
import { element, text, title } from './svg.ts';
import { figure } from './table.ts';

/** A colour by what it stands for, so that it is the same in every chart. */
type Hue = 'floor' | 'baseline' | 'embedded' | 'kafka' | 'sqlite' | 'postgres' | 'memory';

interface Point {
  readonly x: number;
  readonly y: number;
  /** The least and the most of the repetitions. */
  readonly low: number;
  readonly high: number;
}

export interface Line {
  readonly name: string;
  readonly hue: Hue;
  /** How it is dashed (`stroke-dasharray`); '' for a whole line. */
  readonly dash: string;
  /** Its marks are rings rather than dots. */
  readonly hollow: boolean;
  readonly points: readonly Point[];
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Panels of one kind beside each other, on the same axes. */
export interface LineChart {
  readonly title: string;
  readonly note: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly yScale: 'linear' | 'logarithmic';
  readonly panels: readonly Panel[];
  readonly columns: number;
}

const PLOT = { width: 300, height: 190 };
const CELL = { left: 62, top: 34, right: 14, bottom: 46 };
const HEAD = 58;
const EDGE = 14;
const LEGEND_ROW = 20;
/** Between the plots and the legend. */
const GAP = 10;
/** Of the legend's letters, on average; there is nothing to measure them with. */
const LETTER = 6.4;
const LEAST_WIDTH = 480;
const DOT = 3.5;

const STYLE = `
:root{color-scheme:light dark}
svg{--bg:#fff;--ink:#1f2328;--soft:#59636e;--grid:#e3e6ea;
--floor:#6e7781;--baseline:#b35900;--embedded:#0b7d72;--kafka:#1f6feb;--sqlite:#8250df;--postgres:#bf3989;--memory:#4d7c0f}
@media(prefers-color-scheme:dark){svg{--bg:#0d1117;--ink:#e6edf3;--soft:#9198a1;--grid:#2a313c;
--floor:#9198a1;--baseline:#f0883e;--embedded:#2dd4bf;--kafka:#58a6ff;--sqlite:#bc8cff;--postgres:#f778ba;--memory:#a3d34a}}
text{font:12px system-ui,"Liberation Sans",sans-serif;fill:var(--soft)}
.title{font-size:15px;font-weight:600;fill:var(--ink)}.panel{font-weight:600;fill:var(--ink)}.name{fill:var(--ink)}
.grid{stroke:var(--grid)}.line{fill:none;stroke-width:2}.spread{stroke-width:1;opacity:.6}.mark{stroke-width:2}
`;

/** The chart as a file: it needs nothing else, and follows the reader's light or dark. */
export function drawn(chart: LineChart): string {
  const { panels, yScale } = chart;
  const columns = Math.min(chart.columns, panels.length);
  const rows = Math.ceil(panels.length / columns);
  const cellWidth = CELL.left + PLOT.width + CELL.right;
  const cellHeight = CELL.top + PLOT.height + CELL.bottom;
  const width = Math.max(LEAST_WIDTH, columns * cellWidth + 2 * EDGE);
  const points = panels.flatMap(({ lines }) => lines.flatMap((line) => line.points));
  const scales: Scales = {
    x: among([...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b)),
    y: yScale === 'linear' ? linear(most(points)) : logarithmic(least(points), most(points)),
  };
  const legend = legendOf(panels, width - 2 * EDGE);
  const legendTop = HEAD + rows * cellHeight + GAP;
  const height = legendTop + legend.rows * LEGEND_ROW + EDGE;
  const place = (at: number): string => {
    const [column, row] = [at % columns, Math.floor(at / columns)];
    return `translate(${EDGE + column * cellWidth + CELL.left},${HEAD + row * cellHeight + CELL.top})`;
  };
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
  };
  return `${element('svg', { ...attributes, role: 'img' }, [
    title(chart.title),
    element('style', {}, [STYLE]),
    element('rect', { width, height, fill: 'var(--bg)' }),
    text(chart.title, EDGE, 26, { class: 'title' }),
    text(chart.note, EDGE, 46),
    ...panels.map((panel, at) =>
      element('g', { transform: place(at), class: 'plot' }, panelOf(panel, scales, chart)),
    ),
    element('g', { transform: `translate(${EDGE},${legendTop})`, class: 'legend' }, legend.drawn),
  ])}\n`;
}

interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

const least = (points: readonly Point[]): number => Math.min(...points.map(({ low }) => low));
const most = (points: readonly Point[]): number => Math.max(...points.map(({ high }) => high));

/** Room at both ends of the x axis, so that no mark lies on an edge. */
const xOf = (value: number, { x }: Scales): number => (0.06 + 0.88 * x.place(value)) * PLOT.width;
const yOf = (value: number, { y }: Scales): number => (1 - y.place(value)) * PLOT.height;

function panelOf(panel: Panel, scales: Scales, { xLabel, yLabel }: LineChart): readonly string[] {
  const middle = PLOT.height / 2;
  return [
    text(panel.title, 0, -12, { class: 'panel' }),
    ...scales.y.ticks.flatMap((tick) => {
      const y = yOf(tick, scales);
      return [
        element('line', { x1: 0, x2: PLOT.width, y1: y, y2: y, class: 'grid' }),
        text(short(tick), -8, y + 4, { 'text-anchor': 'end' }),
      ];
    }),
    ...scales.x.ticks.map((tick) =>
      text(short(tick), xOf(tick, scales), PLOT.height + 18, { 'text-anchor': 'middle' }),
    ),
    text(xLabel, PLOT.width / 2, PLOT.height + 36, { 'text-anchor': 'middle' }),
    text(yLabel, -48, middle, { 'text-anchor': 'middle', transform: `rotate(-90 -48 ${middle})` }),
    ...panel.lines.flatMap((line) => lineOf(line, scales, yLabel)),
  ];
}

function lineOf({ name, hue, dash, hollow, points }: Line, scales: Scales, unit: string): readonly string[] {
  const stroke = `var(--${hue})`;
  const at = points.map(({ x, y }) => `${xOf(x, scales).toFixed(1)},${yOf(y, scales).toFixed(1)}`);
  return [
    element('polyline', { points: at.join(' '), class: 'line', stroke, 'stroke-dasharray': dash || 'none' }),
    ...points.map(({ x, y, low, high }) => {
      const cx = xOf(x, scales);
      const spread = { x1: cx, x2: cx, y1: yOf(low, scales), y2: yOf(high, scales) };
      return element('g', {}, [
        title(`${name}: ${figure(y)} ${unit} (${figure(low)} to ${figure(high)})`),
        element('line', { ...spread, class: 'spread', stroke }),
        markAt(cx, yOf(y, scales), stroke, hollow),
      ]);
    }),
  ];
}

const markAt = (cx: number, cy: number, stroke: string, hollow: boolean): string =>
  element('circle', { cx, cy, r: DOT, class: 'mark', stroke, fill: hollow ? 'var(--bg)' : stroke });

/** Each line once, as many in a row as there is room for. */
function legendOf(
  panels: readonly Panel[],
  width: number,
): { readonly rows: number; readonly drawn: readonly string[] } {
  const lines = new Map(panels.flatMap((panel) => panel.lines.map((line) => [line.name, line] as const)));
  let [x, row] = [0, 0];
  const entries: string[] = [];
  for (const { name, hue, dash, hollow } of lines.values()) {
    const needs = 34 + name.length * LETTER + 16;
    if (x > 0 && x + needs > width) [x, row] = [0, row + 1];
    const stroke = `var(--${hue})`;
    const y = row * LEGEND_ROW + 8;
    const sample = {
      x1: x,
      x2: x + 26,
      y1: y,
      y2: y,
      class: 'line',
      stroke,
      'stroke-dasharray': dash || 'none',
    };
    entries.push(
      element('line', sample),
      markAt(x + 13, y, stroke, hollow),
      text(name, x + 34, y + 4, { class: 'name' }),
    );
    x += needs;
  }
  return { rows: row + 1, drawn: entries };
}

/** A number on an axis: no more digits than it has. */
const short = (value: number): string =>
  value >= 1_000 ? figure(value) : String(Number(value.toPrecision(3)));
