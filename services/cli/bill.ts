// requite bill: one bill, printed or into a file.
import type { BillFormat, Requite } from '../../client/mod.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import { formatNamed, formatOfFile } from './bill-format.ts';
import { EXIT, type Surroundings } from './command.ts';
import { deliver } from './deliver.ts';
import { workflowIdOf } from './find-bill.ts';
import { coordinatorOf } from './reach.ts';
import { billSpec } from './specs.ts';
import { type GivenWords, helpOf, readWords, textOf } from './words.ts';

/** Carries out `bill`. */
export async function bill(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readWords(billSpec, words);
  if (given === null) {
    surroundings.out(helpOf(billSpec));
    return EXIT.done;
  }
  const named = namedIn(given);
  const format = formatOf(given);
  const file = textOf(given, 'out');
  if (format.name === 'pdf' && file === undefined && surroundings.onTerminal.out)
    throw new UsageError('A PDF is not printed on a terminal: give --out FILE.');
  const client = coordinatorOf(surroundings, textOf(given, 'url')).client();
  const workflowId =
    named.customer === undefined ? named.first : await workflowIdOf(client, named.first, named.customer);
  const bytes = await bytesOf(client, workflowId, format.ending);
  await deliver(bytes, file, surroundings);
  return EXIT.done;
}

/** Which bill is meant: a workflow-id, or a run and a customer of it. Throws `UsageError`. */
function namedIn({ words }: GivenWords): { readonly first: string; readonly customer: string | undefined } {
  const what = 'a run and one of its customers, or the workflow-id of a bill';
  const [first, customer, ...more] = words;
  if (first === undefined || words.includes('')) throw new UsageError(`It takes ${what}.`);
  if (more.length === 0) return { first, customer };
  throw new UsageError(`It takes ${what}, and no other word: "${more.join(' ')}" is too much.`);
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
