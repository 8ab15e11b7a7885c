import type { RunProgress } from '../../client/mod.ts';

/** How a run stands, in a line: what is zero is left out. */
export function standingText(run: RunProgress): string {
  const { count, completed, requested, waiting, failed, parked, cancelled } = run;
  const others = Object.entries({ requested, waiting, failed, parked, cancelled });
  const told = others.flatMap(([name, number]) => (number > 0 ? [`${number} ${name}`] : []));
  return [`${run.state}, ${completed} of ${count} bills`, ...told].join(', ');
}
