/** The dashboard asks for metrics that there are: each name in its queries is one that the code registers. */
import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dir, '../..');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}
const { panels } = JSON.parse(readFileSync(join(root, 'deploy/grafana/requite.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};
const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Names of metrics in a query: what stands before a selector or a range, or alone as an argument. */
const namesIn = (query: string): string[] =>
  [...query.matchAll(/\b([a-z]+(?:_[a-z]+)+)\b(?=\s*[{[)\s]|$)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !['histogram_quantile'].includes(name));

const registered = new Set<string>();
for (const file of new Bun.Glob('services/**/*.ts').scanSync(root)) {
  const source = readFileSync(join(root, file), 'utf8');
  for (const [, name = ''] of source.matchAll(/'([a-z]+(?:_[a-z]+)+)'/g)) registered.add(name);
}

test('every metric of a panel is one that a process tells', () => {
  const names = queries.flatMap(namesIn);
  expect(new Set(names).size).toBeGreaterThan(10);
  for (const name of names) expect(registered).toContain(name.replace(/_bucket$/, ''));
  expect(registered).not.toContain('no_such_metric');
  expect(namesIn('sum by (le) (rate(no_such_metric_bucket[5m]))')).toEqual(['no_such_metric_bucket']);
});

test('no two panels share an id or lie on each other, and every one says what it shows', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  for (const { title } of panels) expect(title).not.toBe('');
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
});
