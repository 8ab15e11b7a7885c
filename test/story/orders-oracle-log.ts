import type { IncomingRecord } from '../../core/mod.ts';

/** A record's place and content, for who replays a log by hand. Values are JSON as it lies there. */
export interface Entry<V> {
  readonly key: string;
  readonly partition: number;
  readonly value: V;
}

/** Whole topics by name, each in order within each partition. */
export type Logs = Readonly<Record<string, readonly IncomingRecord[]>>;

/** The records of a topic, in the order of each partition; tombstones are left out. */
export function entries<V>(logs: Logs, topic: string): Entry<V>[] {
  return [...(logs[topic] ?? [])]
    .sort((one, other) => one.partition - other.partition || one.offset - other.offset)
    .flatMap(({ key, partition, value }) =>
      value === null ? [] : [{ key: String(key), partition, value: JSON.parse(String(value)) as V }],
    );
}

/** Groups in the order of first sight, members in the order that they have. */
export function grouped<V>(values: readonly V[], keyOf: (value: V) => string): Map<string, V[]> {
  const groups = new Map<string, V[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

/** The first of each name. */
export function firsts<V>(values: readonly V[], nameOf: (value: V) => string): V[] {
  return [...grouped(values, nameOf).values()].flatMap(([first]) => (first === undefined ? [] : [first]));
}

/** An amount of money in hundred-millionths: prices have up to eight decimals. */
export function amountOf(decimal: string): bigint {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,8}))?$/.exec(decimal) ?? [];
  if (whole === undefined) throw new Error(`"${decimal}" is not a decimal number`);
  const size = BigInt(whole + fraction.padEnd(8, '0'));
  return sign === '-' ? -size : size;
}

/** The same content, whatever the order of its fields. */
export function contentOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
