import type { Complaint } from './checker-reports.ts';
import type { Death } from './fleet.ts';
import type { Injection, Journal, Tally } from './journal.ts';
import type { ChaosOptions, FaultKind } from './options.ts';

/** `valid`: there were enough proven injections for it to say anything. */
export interface ChaosReport {
  readonly format: 1;
  readonly verdict: 'pass' | 'fail' | 'invalid';
  readonly options: ChaosOptions;
  readonly startedAt: string;
  readonly tookMs: number;
  /** Counts of the system's own: workflows or orders, in the order in which they are told. */
  readonly counts: Readonly<Record<string, number>>;
  readonly perSecond: number;
  readonly injections: readonly Injection[];
  readonly tallies: Readonly<Record<string, Tally>>;
  /** What was asked for and can't be had here, and why. */
  readonly off: Readonly<Record<string, string>>;
  /** Kinds with too few proven injections, each in a sentence. */
  readonly tooFew: readonly string[];
  /** From the end of the last fault until each of those that it found unfinished ended, in milliseconds; null: none was. */
  readonly recovery: Recovery | null;
  /** The longest time in which nothing ended though something was accepted, in milliseconds. */
  readonly longestStallMs: number;
  readonly deaths: readonly Death[];
  readonly complaints: readonly Complaint[];
}

export interface Recovery {
  readonly unfinished: number;
  readonly p50Ms: number;
  readonly maxMs: number;
}

/** The kinds of which a run has too few proven injections to say anything. What is off here is not asked for. */
export function tooFewOf(
  journal: Journal,
  kinds: readonly FaultKind[],
  { least, joins }: Pick<ChaosOptions, 'least' | 'joins'>,
): string[] {
  return kinds.flatMap((kind) => {
    const needed = kind === 'joins' ? Math.max(least, joins) : least;
    const { proven } = journal.tallyOf(kind);
    return proven >= needed ? [] : [`${kind}: ${proven} of ${needed}`];
  });
}

/** Times of ends by who had not ended when the last fault did. */
export function recoveryOf(endsAtMs: Iterable<number>, lastFaultAtMs: number): Recovery | null {
  const after = [...endsAtMs]
    .filter((at) => at > lastFaultAtMs)
    .map((at) => at - lastFaultAtMs)
    .sort((one, other) => one - other);
  const maxMs = after.at(-1);
  if (maxMs === undefined) return null;
  return { unfinished: after.length, p50Ms: after[Math.floor((after.length - 1) / 2)] ?? maxMs, maxMs };
}

/** The longest gap between two ends that follow each other; work came all the while. */
export function longestStall(endsAtMs: Iterable<number>): number {
  const inOrder = [...endsAtMs].sort((one, other) => one - other);
  return inOrder.reduce((longest, at, index) => Math.max(longest, at - (inOrder[index - 1] ?? at)), 0);
}

const COMPLAINTS_SHOWN = 20;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** For people. */
export function printed(report: ChaosReport): string {
  const { options, recovery, complaints, deaths } = report;
  const kinds = Object.entries(report.tallies).map(
    ([kind, { made, proven }]) => `  ${kind.padEnd(13)}${String(proven).padStart(6)} of ${made}`,
  );
  const lines = [
    '',
    `${options.system}, seed ${options.seed}, jobs in ${options.store}, ${options.brokers} brokers, ${seconds(report.tookMs)}`,
    ...Object.entries(report.counts).map(
      ([name, count]) => `  ${name.padEnd(32)}${count.toLocaleString('en')}`,
    ),
    `  ${'ended a second'.padEnd(32)}${report.perSecond.toFixed(1)}`,
    '',
    'Proven injections, of those made',
    ...kinds,
    ...Object.entries(report.off).map(([kind, why]) => `  ${kind.padEnd(13)}   off: ${why}`),
    '',
    recovery === null
      ? 'Recovery: nothing was unfinished when the last fault ended'
      : `Recovery: ${recovery.unfinished} were unfinished when the last fault ended; p50 ${seconds(recovery.p50Ms)}, the last after ${seconds(recovery.maxMs)}`,
    `Longest stall: ${seconds(report.longestStallMs)}`,
    ...deaths.map(({ name, how, said }) => `${name} ended by itself (${how}):\n${said}`),
    ...summary(complaints),
    '',
    verdictLine(report),
  ];
  return `${lines.join('\n')}\n`;
}

function summary(complaints: readonly Complaint[]): string[] {
  if (complaints.length === 0) return [];
  const shown = complaints.slice(0, COMPLAINTS_SHOWN).map(({ kind, what }) => `  ${kind}: ${what}`);
  const rest = complaints.length - shown.length;
  return ['', `${complaints.length} complaints`, ...shown, ...(rest > 0 ? [`  and ${rest} more`] : [])];
}

function verdictLine({ verdict, tooFew }: ChaosReport): string {
  switch (verdict) {
    case 'pass':
      return 'PASS: nothing is missing, extra or changed';
    case 'fail':
      return 'FAIL';
    case 'invalid':
      return `INVALID: too few proven injections, so this run says nothing: ${tooFew.join('; ')}`;
    default:
      return verdict satisfies never;
  }
}
