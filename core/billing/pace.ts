// How fast a run is published: at most so many of its workflows are on the log that no engine has reported yet.

/** How the publishing of a run stands. Places count from 1 in the run's list. */
export interface Progress {
  /** How many workflows the run has. */
  readonly count: number;
  /** Up to which place they may be published: see `RunStanding`. */
  readonly released: number;
  /** Up to which place they are published. */
  readonly published: number;
  /** How many of those no engine has reported. */
  readonly inFlight: number;
}

/** What to do next for a run. */
export interface Pace {
  /** At most so many may be published now; 0: wait for reports, or for a release. */
  readonly room: number;
  /** Ask for a release up to this place; null: there is enough. */
  readonly release: number | null;
}

/** At most so many are published at once, and a release is for so many. */
const SLICE = 2_000;

/** `window` is the most that may be in flight. Small slices are put off until they are worth a request. */
export function paceOf({ count, released, published, inFlight }: Progress, window: number): Pace {
  const slice = Math.max(1, Math.min(SLICE, Math.floor(window / 2)));
  const free = Math.max(0, window - inFlight);
  const left = released - published;
  const room = free < Math.min(slice, left) ? 0 : Math.min(free, left, SLICE);
  // asked for one slice ahead, so that it is on record when its turn comes
  const ahead = published + room + slice;
  const release = released < count && released < ahead ? Math.min(count, ahead + slice) : null;
  return { room, release };
}
