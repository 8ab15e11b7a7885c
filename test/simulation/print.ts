import { FAULT_KINDS, faultPoints } from '../../core/simulation/faults.ts';
import type { Violation } from '../../core/simulation/options.ts';
import type { RunOptions } from './options.ts';
import type { Tally } from './tally.ts';

const WIDTH = 110;
const KIND_WIDTH = 15;

const grouped = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');

/** How often each fault was injected, also those that never were; by `kind@point`. */
export function coverageOf(
  { coverage }: Tally,
  { backing, faults }: RunOptions,
): ReadonlyMap<string, number> {
  const backings = backing === undefined ? (['atomic', 'in-order'] as const) : [backing];
  const possible = backings.flatMap((each) => faultPoints(each));
  const isOn = (cell: string): boolean => faults?.[kindOf(cell)] !== 0;
  return new Map([...new Set(possible)].filter(isOn).map((cell) => [cell, coverage[cell] ?? 0]));
}

const kindOf = (cell: string): (typeof FAULT_KINDS)[number] =>
  cell.split('@')[0] as (typeof FAULT_KINDS)[number];

/** What was injected least often; null where nothing can be. */
export function leastOf(cells: ReadonlyMap<string, number>): readonly [string, number] | null {
  let least: readonly [string, number] | null = null;
  for (const cell of cells) if (least === null || cell[1] < least[1]) least = cell;
  return least;
}

export interface Summary {
  readonly tally: Tally;
  readonly run: RunOptions;
  readonly from: number;
  readonly workers: number;
  readonly tookMs: number;
}

/** The figures as a person reads them. */
export function summaryLines({ tally, run, from, workers, tookMs }: Summary): readonly string[] {
  const cells = coverageOf(tally, run);
  const injected = [...cells.values()].reduce((sum, times) => sum + times, 0);
  const least = leastOf(cells);
  const perSecond = tookMs > 0 ? (count: number): string => grouped((count * 1000) / tookMs) : () => '0';
  return [
    `${grouped(tally.schedules)} schedules, seeds from ${from}, in ${(tookMs / 1000).toFixed(1)} s over ${workers} ${workers === 1 ? 'process' : 'processes'}: ${perSecond(tally.schedules)} a second`,
    `${grouped(tally.steps)} steps, ${perSecond(tally.steps)} a second`,
    `${grouped(injected)} faults injected, in ${cells.size} combinations of kind and point`,
    ...(least === null ? [] : [`least often: ${least[0]}, ${grouped(least[1])} times`]),
    '',
    ...coverageLines(cells),
    '',
    `violations: ${tally.violations}`,
  ];
}

function coverageLines(cells: ReadonlyMap<string, number>): readonly string[] {
  return FAULT_KINDS.flatMap((kind) => {
    const own = [...cells].filter(([cell]) => kindOf(cell) === kind);
    if (own.length === 0) return [];
    const sum = own.reduce((total, [, times]) => total + times, 0);
    const parts = own.map(([cell, times]) => `${cell.slice(kind.length + 1)} ${grouped(times)}`);
    const head = `${kind.padEnd(KIND_WIDTH)}${grouped(sum).padStart(12)}  `;
    return wrapped(parts, WIDTH - head.length).map(
      (line, index) => (index === 0 ? head : ' '.repeat(head.length)) + line,
    );
  });
}

function wrapped(parts: readonly string[], width: number): readonly string[] {
  const found: string[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    if (last !== undefined && last.length + part.length + 2 <= width)
      found[found.length - 1] = `${last}, ${part}`;
    else found.push(part);
  }
  return found;
}

export const violationText = ({ invariant, message, step }: Violation): string =>
  `${invariant === 'progress' ? 'not everything ended' : `invariant ${invariant} is broken`} at step ${step}: ${message}`;

/** What came of a planted fault. */
export interface PlantRow {
  readonly plant: string;
  /** After so many schedules; null: never. */
  readonly caughtAfter: number | null;
  readonly schedules: number;
  readonly seed: number | null;
  readonly violation: Violation | null;
}

export function plantLines(rows: readonly PlantRow[]): readonly string[] {
  const table = rows.map(({ plant, caughtAfter, schedules, violation, seed }) => [
    plant,
    caughtAfter === null ? `not in ${grouped(schedules)}` : grouped(caughtAfter),
    violation === null ? '' : String(violation.invariant),
    seed === null ? '' : String(seed),
  ]);
  const head = ['plant', 'caught after schedules', 'invariant', 'seed'];
  const widths = head.map((name, column) =>
    Math.max(name.length, ...table.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...table].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
