// requite pause, resume, cancel and retry: commands to a run.

import { EXIT, type RunCommand } from './command.ts';
import { coordinatorOf } from './reach.ts';
import { controlSpecs } from './specs.ts';
import { standingText } from './standing.ts';
import { helpOf, oneWord, readWords, textOf } from './words.ts';

/** The command of this name. */
export function control(name: keyof typeof controlSpecs): RunCommand {
  const spec = controlSpecs[name];
  return async (words, surroundings) => {
    const given = readWords(spec, words);
    if (given === null) {
      surroundings.out(helpOf(spec));
      return EXIT.done;
    }
    const runId = oneWord(given, 'the run-id of a run');
    const coordinator = coordinatorOf(surroundings, textOf(given, 'url'));
    const run = await coordinator.client().run(runId)[name]();
    const { failed, parked } = run.retried ?? { failed: 0, parked: 0 };
    const retried = name === 'retry' ? `; tried again: ${failed} failed, ${parked} parked` : '';
    surroundings.out(
      given.values.json === true
        ? `${JSON.stringify(run)}\n`
        : `Run ${runId}: ${standingText(run)}${retried}\n`,
    );
    return EXIT.done;
  };
}
