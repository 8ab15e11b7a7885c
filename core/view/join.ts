import { canonicalJson, type Json } from '../messages/json.ts';

/** What has come of a key so far: the first of each stream. It is a fold's state, and as such JSON. */
export interface Sides<L, R> {
  readonly left?: L;
  readonly right?: R;
}

/** One message of one of the two streams. */
export type SideArrival<L, R> =
  | { readonly side: 'left'; readonly value: L }
  | { readonly side: 'right'; readonly value: R };

export interface Joined<L, R> {
  /** `first` of its side; a `repeat` of the first, with the same content; `other` content, which changes nothing. */
  readonly kind: 'first' | 'repeat' | 'other';
  readonly sides: Sides<L, R>;
  /** Both, once both are there: given when the second comes, and again for every repeat of either. */
  readonly pair: readonly [L, R] | null;
}

/**
 * A stream-stream join for one key, without a window: in whatever order the two come, the first of each side is kept,
 * and the pair is there from when both are. So a message that comes again gives the same pair again (invariant 5).
 */
export function joinSides<L, R>(sides: Sides<L, R>, arrival: SideArrival<L, R>): Joined<L, R> {
  const known = sides[arrival.side];
  if (known !== undefined && contentOf(known) !== contentOf(arrival.value))
    return { kind: 'other', sides, pair: null };
  if (known !== undefined) return { kind: 'repeat', sides, pair: pairOf(sides) };
  const next: Sides<L, R> =
    arrival.side === 'left' ? { ...sides, left: arrival.value } : { ...sides, right: arrival.value };
  return { kind: 'first', sides: next, pair: pairOf(next) };
}

function pairOf<L, R>({ left, right }: Sides<L, R>): readonly [L, R] | null {
  return left === undefined || right === undefined ? null : [left, right];
}

const contentOf = (value: unknown): string => canonicalJson(value as Json);
