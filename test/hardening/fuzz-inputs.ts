// Seeded nonsense: the same seed makes the same.

/** Numbers from 0 up to 1, by mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to `below`. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  of<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

const NONSENSE: readonly [unknown, ...unknown[]] = [
  null,
  true,
  0,
  -1,
  1e300,
  0.1,
  '',
  'x',
  '\u0000',
  '\ud800',
  '../../etc/passwd',
  '2026-02-30',
  '1e5',
  'x'.repeat(2_000),
  [],
  [[]],
  {},
  { length: -1 },
  Array.from({ length: 300 }, (_, at) => at),
];

const NAMES: readonly [string, ...string[]] = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'x',
  'length',
  'payload',
];

/** A value in place of what is good: random bytes, or its JSON with something in it changed, cut or put in twice. */
export function mutated(good: unknown, random: Random): string | Uint8Array | null {
  const kind = random.below(10);
  if (kind === 0) return random.bytes(random.below(200));
  if (kind === 1) return null;
  const text = JSON.stringify(changedSomewhere(good, random)) ?? 'undefined';
  if (kind === 2) return text.slice(0, random.below(text.length));
  if (kind === 3) return spoilt(text, random);
  if (kind === 4) return text.replace('{', `{"${random.of(NAMES)}":${JSON.stringify(random.of(NONSENSE))},`);
  return text;
}

function spoilt(text: string, random: Random): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  for (let times = random.below(5); times >= 0; times--)
    bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

/** The value with one of its members, however deep, made nonsense, dropped, or joined by another. */
export function changedSomewhere(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.below(5) === 0) return random.of(NONSENSE);
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const [name, member] = entries[at] ?? [random.of(NAMES), undefined];
  const kept = entries.filter((_, index) => index !== at);
  const made = random.below(6) === 0 ? kept : [...kept, [name, changedSomewhere(member, random)] as const];
  return Array.isArray(value) ? made.map(([, each]) => each) : Object.fromEntries(made);
}
