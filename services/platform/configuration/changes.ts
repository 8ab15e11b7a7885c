// The history of a setting: which changes count, and their numbers. Pure: every reader comes to the same.
import type { Json } from '../../../core/mod.ts';
import type { SettingChange } from './records.ts';

/** So many of a setting's last changes are kept at hand; the topic has all. */
export const CHANGES_KEPT = 200;
/** So many of the changes that came too late are remembered, for those who wait to hear of theirs. */
const REFUSED_KEPT = 50;

/** A change that counts. */
export interface NumberedChange extends SettingChange {
  /** Counts a setting's changes from 1. */
  readonly number: number;
}

/** What the changes of one setting come to, in log order. */
export interface ChangeHistory {
  /** The changes that count, the last of them at the end. */
  readonly changes: readonly NumberedChange[];
  /** The ids of those that did not: they were to follow a change that was no longer the last. */
  readonly refused: readonly string[];
}

export const NO_CHANGES: ChangeHistory = { changes: [], refused: [] };

/**
 * The history with one more change. It counts unless it names another change than the last one as the one that it is to
 * follow. The first that is known counts whatever it names: those before it may be deleted from the topic.
 */
export function withChange(history: ChangeHistory, change: SettingChange): ChangeHistory {
  const { changes, refused } = history;
  // the log may have the same record twice
  if (refused.includes(change.id) || changes.some(({ id }) => id === change.id)) return history;
  const last = changes.at(-1);
  const { ifChange } = change;
  if (last !== undefined && ifChange !== undefined && ifChange !== last.number)
    return { changes, refused: [...refused, change.id].slice(-REFUSED_KEPT) };
  const number = (last?.number ?? ifChange ?? 0) + 1;
  // what its writer took for the value before may have been changed meanwhile
  const from: Json = last === undefined ? change.from : last.to;
  return { changes: [...changes, { ...change, from, number }].slice(-CHANGES_KEPT), refused };
}
