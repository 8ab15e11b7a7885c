import type { SimulationResult, Violation } from '../../core/simulation/options.ts';

/** A schedule that broke something. */
export interface Finding {
  readonly seed: number;
  readonly violation: Violation;
}

/** What many schedules came to. Its size doesn't grow with their number. */
export interface Tally {
  schedules: number;
  steps: number;
  /** How many schedules broke something; of `findings` the first few are kept. */
  violations: number;
  findings: Finding[];
  /** Of schedules with a planted fault: how many break without it too, and so say nothing of it. */
  unplanted: number;
  /** By `kind@point`. */
  readonly coverage: Record<string, number>;
}

const FINDINGS_KEPT = 20;

export const emptyTally = (): Tally => ({
  schedules: 0,
  steps: 0,
  violations: 0,
  findings: [],
  unplanted: 0,
  coverage: {},
});

/** Counts one schedule. */
export function count(tally: Tally, { seed, steps, violation, coverage }: SimulationResult): void {
  const findings = violation === null ? [] : [{ seed, violation }];
  const violations = findings.length;
  merge(tally, { schedules: 1, steps, violations, findings, unplanted: 0, coverage: { ...coverage } });
}

/** Adds one tally to another. */
export function merge(total: Tally, part: Tally): void {
  total.schedules += part.schedules;
  total.steps += part.steps;
  total.violations += part.violations;
  total.unplanted += part.unplanted;
  total.findings = [...total.findings, ...part.findings]
    .sort((one, other) => one.seed - other.seed)
    .slice(0, FINDINGS_KEPT);
  for (const [point, times] of Object.entries(part.coverage))
    total.coverage[point] = (total.coverage[point] ?? 0) + times;
}
