import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timesOf } from '../../bench/measure/statistics.ts';
import { latencyChart, throughputChart, writeCharts } from '../../bench/report/charts.ts';
import { drawn } from '../../bench/report/line-chart.ts';
import type { Measured, Results } from '../../bench/report/results.ts';
import { linear, logarithmic } from '../../bench/report/scale.ts';
import { setupsFor } from '../../bench/setup.ts';
import { measured, optionsOf, resultsOf } from './results.ts';

const directory = mkdtempSync(join(tmpdir(), 'requite-bench-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** A result with figures for every setup of these options; the floor is ten times as fast. */
function resultsFor(...args: readonly string[]): Results {
  const options = optionsOf('--broker', 'kafka', '--store', 'kafka', '--files', 'off', ...args);
  const all = setupsFor(options).map((setup): Measured => {
    const speed = setup.partitions * 100 * (setup.system === 'floor' ? 10 : 1);
    const toCompleted = timesOf([setup.rate, setup.rate * 2]);
    const latency = { bills: 2, offered: setup.rate, toCompleted, toFile: null, sentLateMs: 0 };
    return { ...measured(setup, speed, speed * 2), latency: setup.rate === 0 ? [] : [latency] };
  });
  return resultsOf(options, all);
}

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('throughput', () => {
  test('stands over partitions, with a panel for each number of engines and the floor in each', () => {
    const chart = throughputChart(resultsFor('--partitions', '1,4,12', '--engines', '1,2', '--rate', '0'));
    expect(chart?.panels.map(({ title }) => title)).toEqual(['kafka, 1 engine', 'kafka, 2 engines']);
    const points = chart?.panels.map(({ lines }) =>
      lines.map(({ name, points: at }) => [name, at.map(({ x, y }) => [x, y])]),
    );
    expect(points?.[1]).toEqual([
      [
        'floor',
        [
          [4, 6_000],
          [12, 18_000],
        ],
      ],
      [
        'baseline, no files',
        [
          [4, 600],
          [12, 1_800],
        ],
      ],
      [
        'jobs in kafka, no files',
        [
          [4, 600],
          [12, 1_800],
        ],
      ],
    ]);
  });

  test('stands over engines where only they are several', () => {
    const chart = throughputChart(resultsFor('--partitions', '4', '--engines', '1,2,4', '--rate', '0'));
    expect([chart?.xLabel, chart?.panels.length]).toEqual(['engine processes', 1]);
    expect(chart?.panels[0]?.lines[0]?.points.map(({ x }) => x)).toEqual([1, 2, 4]);
  });

  test('has no chart where there is one point', () => {
    expect(throughputChart(resultsFor('--rate', '10,50'))).toBeNull();
  });
});

describe('latency', () => {
  test('stands over the offered rate, p50 beside p99', () => {
    const chart = latencyChart(resultsFor('--rate', '10,50,200'));
    expect(chart?.panels.map(({ title }) => title)).toEqual([
      'p50, kafka, 4 partitions, 1 engine',
      'p99, kafka, 4 partitions, 1 engine',
    ]);
    const [p50, p99] = (chart?.panels ?? []).map(({ lines }) => lines[0]?.points.map(({ x, y }) => [x, y]));
    expect(p50).toEqual([
      [10, 10],
      [50, 50],
      [200, 200],
    ]);
    expect(p99).toEqual([
      [10, 20],
      [50, 100],
      [200, 400],
    ]);
  });

  test('has no chart where one rate was offered', () => {
    expect(latencyChart(resultsFor('--partitions', '1,4'))).toBeNull();
  });
});

describe('a chart drawn', () => {
  const chart = throughputChart(resultsFor('--partitions', '1,4', '--rate', '0'));
  const svg = chart === null ? '' : drawn(chart);

  test('has its axes named with their units, a dashed floor, and every point with its figures', () => {
    expect(svg).toStartWith('<svg xmlns="http://www.w3.org/2000/svg"');
    for (const label of ['bills/s', 'partitions of each topic', '>1<', '>4<', '>floor<'])
      expect(svg).toContain(label);
    expect(svg).toContain('stroke="var(--floor)" stroke-dasharray="6 4"');
    expect(svg).toContain('<title>floor: 6,000 bills/s (4,000 to 8,000)</title>');
    // floor, baseline and ours, two points each, and each once in the legend
    expect(count(svg, '<circle')).toBe(3 * 2 + 3);
  });

  test('is read in light and in dark, needs nothing from elsewhere, and runs nothing', () => {
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|url\(|href/);
  });

  test('is well-formed, and has no place that is no number', () => {
    const open: string[] = [];
    for (const [, close, name = '', rest = ''] of svg.matchAll(/<(\/?)([a-z]+)([^>]*)>/g)) {
      if (close === '/') expect(open.pop()).toBe(name);
      else if (!rest.endsWith('/')) open.push(name);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("what people named can't break it", () => {
    expect(chart && drawn({ ...chart, title: '<a> & "b"' })).toContain('&lt;a&gt; &amp; &quot;b&quot;');
  });
});

test('charts lie beside the JSON, those that there is something to see in', () => {
  const of = (name: string, ...args: readonly string[]): readonly string[] =>
    writeCharts(resultsFor(...args), join(directory, name));
  expect(of('one.json')).toEqual([]);
  expect(of('rates.json', '--rate', '10,50')).toEqual([join(directory, 'rates-latency.svg')]);
  const both = of('both', '--rate', '10,50', '--partitions', '1,4');
  expect(both).toEqual(['throughput', 'latency'].map((name) => join(directory, `both-${name}.svg`)));
  expect(readdirSync(directory)).toHaveLength(3);
  expect(readFileSync(both[1] ?? '', 'utf8')).toContain('p99, kafka, 1 partition, 1 engine');
});

test('an axis ends at a round number, and one of factors of ten holds what there is', () => {
  expect(linear(18_000).ticks).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
  expect([linear(20).ticks.at(-1), linear(0).place(0)]).toEqual([20, 0]);
  expect(logarithmic(3, 40).ticks).toEqual([2, 5, 10, 20, 50]);
  expect([2, 50].map(logarithmic(3, 40).place)).toEqual([0, 1]);
  expect(logarithmic(5, 5).place(5)).toBe(0);
});
