import { canonicalJson, type Json } from '../messages/json.ts';
import { sha256 } from '../messages/sha256.ts';
import type { States } from '../view/keyed-fold.ts';

/** What was given in a series: its number, the hash of what it is for, and what else is to be told again. */
export type Given<More = object> = More & { readonly number: string; readonly content: string };

/** A state of a fold that numbers: how many its series has, or what was given to one thing. */
export type NumberingState<More = object> = { readonly count: number } | Given<More>;

export interface Wanted<More> {
  /** The state that counts the series. Only the owner of one partition may ever see it: its fold is keyed by the series. */
  readonly series: string;
  /** The state of what is numbered. */
  readonly item: string;
  /** What is numbered, in full or by its hash: under one item it never changes. */
  readonly content: Json;
  /** What the item gets where it is the nth of its series, counted from 1. */
  give(nth: number): More & { readonly number: string };
}

/**
 * Gives an item its number, without a gap: the series' count and the item's number are states of one message, and so are
 * saved together or not at all. What comes again gets the number that it had. Null where the item was given a number for
 * another content: that one stands, and nothing is counted.
 */
export function numbered<More>(
  states: States<NumberingState<More>>,
  { series, item, content, give }: Wanted<More>,
): Given<More> | null {
  const hash = sha256(canonicalJson(content));
  const known = states.get(item);
  if (known !== undefined && 'number' in known) return known.content === hash ? known : null;
  const counted = states.get(series);
  const count = (counted !== undefined && 'count' in counted ? counted.count : 0) + 1;
  const given = { ...give(count), content: hash };
  states.set(series, { count });
  states.set(item, given);
  return given;
}

/** The number's place in its series: six digits, more where there are more, so that texts sort as numbers do. */
export const digitsOf = (nth: number): string => String(nth).padStart(6, '0');
