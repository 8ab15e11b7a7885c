import type { RunProgress } from './follow.ts';

/** The state of a run in a word, also of a coordinator that does not tell it. */
export function stateOf({ state, ended }: RunProgress): string {
  return state ?? (ended ? 'ended' : 'running');
}

/** How a run stands, in a line: what is zero is left out. */
export function standingText(run: RunProgress): string {
  const { count, completed, requested, waiting, failed, parked, cancelled } = run;
  const others = Object.entries({ requested, waiting, failed, parked, cancelled });
  const told = others.flatMap(([name, number]) => (number > 0 ? [`${number} ${name}`] : []));
  return [`${stateOf(run)}, ${completed} of ${count} bills`, ...told].join(', ');
}
