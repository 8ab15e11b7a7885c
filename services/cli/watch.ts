import { EXIT, type Surroundings } from './command.ts';
import { follow } from './follow.ts';
import { coordinatorOf } from './reach.ts';
import { watchSpec } from './specs.ts';
import { helpOf, oneWord, readWords, textOf } from './words.ts';

/** Carries out `watch`. */
export async function watch(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readWords(watchSpec, words);
  if (given === null) {
    surroundings.out(helpOf(watchSpec));
    return EXIT.done;
  }
  const runId = oneWord(given, 'the run-id of a run');
  const coordinator = coordinatorOf(surroundings, textOf(given, 'url'));
  return await follow(runId, coordinator, surroundings, given.values.json === true);
}
