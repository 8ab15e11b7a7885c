import type { Backing } from './options.ts';
import { Random } from './random.ts';

/** What can go wrong. docs/simulation.md says of each what it does. */
export type FaultKind =
  | 'crash'
  | 'unknown'
  | 'store'
  | 'slow'
  | 'zombie'
  | 'clock-forward'
  | 'clock-back'
  | 'duplicate'
  | 'reorder'
  | 'answer'
  | 'conflict'
  | 'misplaced'
  | 'broken'
  | 'command'
  | 'deploy';

/** Where a process calls the outside: faults happen there. `ends` asks for end offsets, `settle-save` follows a commit. */
export type CallPoint =
  | 'join'
  | 'poll'
  | 'load'
  | 'ends'
  | 'save'
  | 'publish'
  | 'commit'
  | 'settle-save'
  | 'rewind';

const CALLS: readonly CallPoint[] = [
  'join',
  'poll',
  'load',
  'ends',
  'save',
  'publish',
  'commit',
  'settle-save',
  'rewind',
];
const STORE_CALLS: readonly CallPoint[] = ['load', 'save', 'settle-save'];
/** Where the store is apart from the log: there saving and publishing are calls of their own. */
const IN_ORDER_ONLY: readonly string[] = ['save', 'publish', 'settle-save'];

const aroundEach = (points: readonly string[]): readonly string[] =>
  points.flatMap((point) => [`${point}:before`, `${point}:after`]);

/** The points of each kind. Those with `:before` and `:after` say whether the call's effect took place. */
const POINTS: Readonly<Record<FaultKind, readonly string[]>> = {
  crash: aroundEach(CALLS),
  unknown: aroundEach(CALLS),
  store: STORE_CALLS,
  slow: CALLS,
  zombie: CALLS.filter((point) => point !== 'join'),
  'clock-forward': CALLS,
  'clock-back': CALLS,
  duplicate: ['publish', 'poll', 'workflow', 'answer', 'event', 'command', 'visit'],
  reorder: ['poll'],
  answer: ['late', 'lost', 'repeat', 'contradict', 'contradict-first', 'nobody'],
  conflict: ['workflow'],
  misplaced: ['workflow', 'answer', 'event', 'command', 'visit'],
  broken: ['workflow', 'answer', 'event', 'command', 'visit'],
  command: ['retry', 'cancel'],
  deploy: CALLS.filter((point) => point !== 'rewind').flatMap((point) => [
    `${point}:new`,
    `${point}:without`,
  ]),
};

export const FAULT_KINDS: readonly FaultKind[] = Object.keys(POINTS) as FaultKind[];

/** Every `kind@point` that a backing can meet. */
export function faultPoints(backing: Backing): readonly string[] {
  return FAULT_KINDS.flatMap((kind) => pointsOf(kind, backing).map((point) => `${kind}@${point}`));
}

function pointsOf(kind: FaultKind, backing: Backing): readonly string[] {
  // a log may take what is published twice on either backing
  if (backing === 'in-order' || kind === 'duplicate') return POINTS[kind];
  return POINTS[kind].filter((point) => !IN_ORDER_ONLY.includes(point.split(':')[0] ?? ''));
}

/** A fault that waits for its point. */
export interface ArmedFault {
  readonly ordinal: number;
  readonly kind: FaultKind;
  readonly point: string;
  /** The call or the place that it waits for: the point without what follows a colon. */
  readonly at: string;
  /** What follows the colon. */
  readonly variant: string;
  readonly isSuppressed: boolean;
  /** For its details: apart from the schedule's. */
  readonly random: Random;
}

/** So many steps a fault waits for its point; then the next one is drawn. */
const PATIENCE = 50;

/** The save after a commit comes only with time, and so seldom: faults there are drawn more often, and wait longer. */
const isSeldom = (point: string): boolean => point.startsWith('settle-save');
const SELDOM_WEIGHT = 3;
const SELDOM_PATIENCE = 120;

/**
 * Draws faults one after the other: after how many steps, which, and where. Each follows from the seed and its ordinal
 * alone, so that leaving one out does not change the others.
 */
export class Faults {
  readonly #seed: number;
  readonly #backing: Backing;
  readonly #kinds: readonly FaultKind[];
  readonly #suppress: ReadonlySet<number>;
  readonly #meanGap: number;
  #ordinal = -1;
  #armed: ArmedFault | null = null;
  #armedAt = 0;

  constructor(
    seed: number,
    backing: Backing,
    weights: Partial<Record<FaultKind, number>>,
    suppress: ReadonlySet<number>,
  ) {
    this.#seed = seed;
    this.#backing = backing;
    this.#suppress = suppress;
    this.#kinds = FAULT_KINDS.flatMap((kind) => repeated(kind, weights[kind] ?? defaultWeight(kind)));
    this.#meanGap = new Random(seed, 0xfa17).pick([4, 8, 16, 40]);
    if (this.#kinds.length > 0) this.#arm(0);
  }

  /** The fault that waits now; null before its time. */
  armed(step: number): ArmedFault | null {
    if (this.#armed === null || step < this.#armedAt) return null;
    const patience = isSeldom(this.#armed.at) ? SELDOM_PATIENCE : PATIENCE;
    if (step > this.#armedAt + patience) {
      this.#arm(step);
      return null;
    }
    return this.#armed;
  }

  /** It was injected: the next one. */
  spent(step: number): void {
    this.#arm(step);
  }

  #arm(step: number): void {
    const ordinal = ++this.#ordinal;
    const random = new Random(this.#seed, 0x10000 + ordinal);
    const gap = random.below(2 * this.#meanGap);
    const kind = random.pick(this.#kinds);
    const points = pointsOf(kind, this.#backing);
    const point = random.pick(points.flatMap((each) => repeated(each, isSeldom(each) ? SELDOM_WEIGHT : 1)));
    const [at = '', variant = ''] = point.split(':');
    const isSuppressed = this.#suppress.has(ordinal);
    this.#armed = { ordinal, kind, point, at, variant, isSuppressed, random };
    this.#armedAt = step + 1 + gap;
  }
}

/** Kinds with many points come more often. */
const defaultWeight = (kind: FaultKind): number => (kind === 'crash' || kind === 'unknown' ? 3 : 1);

function repeated<T>(one: T, weight: number): T[] {
  return Array.from({ length: Math.max(0, Math.round(weight)) }, () => one);
}
