import type { SimulationResult } from './options.ts';

/** A run in readable lines: what it was, who did what and what failed, and what was seen to be broken. */
export function tellStory({
  seed,
  steps,
  injections,
  violation,
  story,
}: SimulationResult): readonly string[] {
  const kinds = new Map<string, number>();
  for (const { kind } of injections) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const faults = [...kinds].sort().map(([kind, count]) => (count === 1 ? kind : `${kind} ×${count}`));
  const injected = faults.length === 0 ? 'no faults' : `${injections.length} faults (${faults.join(', ')})`;
  return [`seed ${seed}: ${steps} steps, ${injected}`, '', ...eventful(story), '', ending(violation)];
}

function ending(violation: SimulationResult['violation']): string {
  if (violation === null) return 'All invariants held, and everything ended.';
  const { invariant, message, step } = violation;
  const what = invariant === 'progress' ? 'Not everything ended' : `Invariant ${invariant} is broken`;
  return `${what}, seen at step ${step}: ${message}`;
}

/** Looking for news in vain is most of what processes do: left out, but for what follows from it. */
function eventful(story: readonly string[]): readonly string[] {
  return story.filter((line, index) => {
    const looked = /^( *\d+) {2}\S+ (?:poll|ends)$/.exec(line);
    return looked === null || story[index + 1]?.startsWith(`${looked[1]}  `) === true;
  });
}
