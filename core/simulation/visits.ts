import { Type } from '@sinclair/typebox';
import type { OutgoingRecord } from '../messages/record.ts';
import { type AnyKeyedFold, foldInput, type KeyedFold } from '../view/keyed-fold.ts';
import { type Sessions, sessionWindows } from '../view/session-windows.ts';
import type { Accuse } from './oracle-jobs.ts';
import type { Random } from './random.ts';

// Beside the workflows: visits, re-keyed from the visit to its guest, and gathered into sessions of each guest.

/** The topics of the folds. */
export const VISITS = { taken: 'visits', byGuest: 'visits-by-guest', totals: 'guest-totals' } as const;
const GAP_MS = 1_000;

const Visit = Type.Object({ id: Type.String(), guest: Type.String(), atMs: Type.Integer() });
export interface Visit {
  readonly id: string;
  readonly guest: string;
  /** Event time, in milliseconds. */
  readonly atMs: number;
}

/** Puts each visit under its guest. It needs no state: the same visit is the same record again. */
const visitsByGuest: KeyedFold<Visit, never> = {
  name: 'visits-by-guest',
  inputs: [foldInput(VISITS.taken, Visit, { toMessage: (visit) => visit, keyOf: ({ id }) => id })],
  keysOf: () => [],
  fold: (visit) => [{ topic: VISITS.byGuest, key: visit.guest, value: { ...visit } }],
};

interface GuestState {
  readonly seen: readonly string[];
  readonly sessions: Sessions<number>;
  /** Sessions that are over: `start..end: visits`. */
  readonly total: string;
}

const windows: ReturnType<typeof sessionWindows<string, number>> = sessionWindows<string, number>({
  gapMs: GAP_MS,
  graceMs: 100_000,
  initial: 0,
  add: (count) => count + 1,
  merge: (one, other) => one + other,
});

const shown = ({ open }: Sessions<number>): string =>
  open.map(({ startMs, endMs, aggregate }) => `${startMs}..${endMs}: ${aggregate}`).join(', ');

/** Gathers a guest's visits into sessions. A visit that comes again changes nothing, and tells the same. */
const guestTotals: KeyedFold<Visit, GuestState> = {
  name: 'guest-totals',
  inputs: [foldInput(VISITS.byGuest, Visit, { toMessage: (visit) => visit, keyOf: ({ guest }) => guest })],
  keysOf: ({ guest }) => [guest],
  fold: ({ id, guest, atMs }, states) => {
    const before = states.get(guest);
    if (before?.seen.includes(id) === true) return [total(guest, before)];
    const { sessions } = windows.add(before?.sessions, atMs, id);
    const after = { seen: [...(before?.seen ?? []), id], sessions, total: shown(sessions) };
    states.set(guest, after);
    return [total(guest, after)];
  },
};

const total = (
  guest: string,
  state: GuestState,
): { topic: string; key: string; value: { visits: number; sessions: string } } => ({
  topic: VISITS.totals,
  key: guest,
  value: { visits: state.seen.length, sessions: state.total },
});

/** The folds of the simulation, in the order in which records go through them. */
export const visitFolds: readonly AnyKeyedFold[] = [visitsByGuest, guestTotals];

/** So many visits, of a few guests, at times that make sessions of some. */
export function someVisits(random: Random): readonly Visit[] {
  return Array.from({ length: 3 + random.below(5) }, (_, nth) => ({
    id: `visit-${nth}`,
    guest: `guest-${random.below(2)}`,
    atMs: 10_000 + random.below(6_000),
  }));
}

/** What the records of `guest-totals` must come to: worked out from the visits themselves. */
export function checkTotals(
  visits: readonly Visit[],
  totals: readonly OutgoingRecord[],
  accuse: Accuse,
): void {
  for (const guest of new Set(visits.map((visit) => visit.guest))) {
    const times = visits.filter((visit) => visit.guest === guest).map(({ atMs }) => atMs);
    const must = JSON.stringify({
      visits: times.length,
      sessions: sessionsOf(times.sort((one, other) => one - other)),
    });
    const told = totals.filter(({ key }) => key === guest).map(({ value }) => String(value));
    const best = told.at(-1);
    if (!told.includes(must)) accuse('progress', `${guest} came to ${best}; by the visits it is ${must}`);
    const most = Math.max(0, ...told.map((text) => (JSON.parse(text) as { visits: number }).visits));
    if (most > times.length) accuse(5, `${guest} has ${most} visits, and was there ${times.length} times`);
  }
}

function sessionsOf(times: readonly number[]): string {
  const sessions: { start: number; end: number; count: number }[] = [];
  for (const time of times) {
    const last = sessions.at(-1);
    if (last !== undefined && time - last.end <= GAP_MS) {
      last.end = time;
      last.count++;
    } else sessions.push({ start: time, end: time, count: 1 });
  }
  return sessions.map(({ start, end, count }) => `${start}..${end}: ${count}`).join(', ');
}
