// requite bill: one bill, printed or into a file.
import type { BillFormat, Requite } from '../../client/mod.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import { formatNamed, formatOfFile } from './bill-format.ts';
import { EXIT, type Surroundings } from './command.ts';
import { deliver } from './deliver.ts';
import { coordinatorOf } from './reach.ts';
import { billSpec } from './specs.ts';
import { type GivenWords, helpOf, oneWord, readWords, textOf } from './words.ts';

/** Carries out `bill`. */
export async function bill(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readWords(billSpec, words);
  if (given === null) {
    surroundings.out(helpOf(billSpec));
    return EXIT.done;
  }
  const workflowId = oneWord(given, 'the workflow-id of a bill, as its run lists it');
  const format = formatOf(given);
  const file = textOf(given, 'out');
  if (format.name === 'pdf' && file === undefined && surroundings.onTerminal.out)
    throw new UsageError('A PDF is not printed on a terminal: give --out FILE.');
  const coordinator = coordinatorOf(surroundings, textOf(given, 'url'));
  const bytes = await bytesOf(coordinator.client(), workflowId, format.ending);
  await deliver(bytes, file, surroundings);
  return EXIT.done;
}

async function bytesOf(client: Requite, workflowId: string, format: BillFormat): Promise<Uint8Array> {
  if (format === 'pdf') return await client.bill(workflowId, format);
  const text =
    format === 'json'
      ? `${JSON.stringify(await client.bill(workflowId, format), null, 2)}\n`
      : await client.bill(workflowId, format);
  return new TextEncoder().encode(text);
}

function formatOf(given: GivenWords) {
  const [name, file] = [textOf(given, 'format'), textOf(given, 'out')];
  if (given.values.json === true) {
    if (name !== undefined && name !== 'json')
      throw new UsageError('--json and --format exclude each other.');
    return formatNamed('json');
  }
  if (name !== undefined) return formatNamed(name);
  return formatOfFile(file ?? '');
}
