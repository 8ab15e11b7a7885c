// How a run moves: when it changed, how fast it goes, when it is likely to end.
import { isoTime } from '../../../core/mod.ts';
import type { RunRow } from '../view/run-queries.ts';
import { hasPace, type Recent, rateOf } from '../view/run-rate.ts';

/**
 * `updatedAt`: when the counts last changed. Of a run that goes on: `rate`, the workflows that ended a second lately, and
 * `secondsLeft` where something has moved for a moment and not only parked jobs remain; of one that has ended: `endedAt`.
 */
export function movementOf(
  run: RunRow,
  hasEnded: boolean,
  nowMs: number,
): Readonly<Record<string, string | number>> {
  const updatedAt = isoTime(run.updatedMs);
  if (hasEnded) return { updatedAt, endedAt: updatedAt };
  const recent = JSON.parse(run.recent) as Recent;
  const rate = rateOf(recent, Date.parse(run.createTime), nowMs);
  const left = run.count - run.completed - run.failed - run.cancelled - run.parked;
  if (rate === 0 || left === 0 || !hasPace(recent, nowMs)) return { updatedAt, rate };
  return { updatedAt, rate, secondsLeft: Math.ceil(left / rate) };
}

/** What of a run's progress is how it stands, and what is only how it moves: that changes with time alone. */
export function movingOf(progress: Readonly<Record<string, unknown>>): {
  readonly standing: Readonly<Record<string, unknown>>;
  readonly rate: number;
} {
  const { rate, secondsLeft: _left, updatedAt: _updated, endedAt: _ended, ...standing } = progress;
  return { standing, rate: typeof rate === 'number' ? rate : 0 };
}
