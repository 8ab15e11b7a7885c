// requite run --preview: what bills would be, without making any.
import type { Preview } from '../../client/mod.ts';
import { printable } from '../../core/mod.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import { formatNamed, formatOfFile } from './bill-format.ts';
import { EXIT, type Surroundings } from './command.ts';
import { deliver } from './deliver.ts';
import type { Coordinator } from './reach.ts';
import { type GivenWords, textOf } from './words.ts';

/** Longer than an engine and a CRM that run need for a hundred. */
const PATIENCE_MS = 60_000;

/** Asks for previews of these customers, and prints each as it would be billed; returns the exit code. */
export async function preview(
  given: GivenWords,
  coordinator: Coordinator,
  surroundings: Surroundings,
): Promise<number> {
  const { json, file, format } = wishesOf(given, surroundings);
  const { previews, ended } = await made(given, coordinator);
  let unmade = given.words.length - previews.length;
  for (const each of previews) {
    const { customerIdentifier, status, problem, links } = each;
    if (status === 'completed') {
      const response = await coordinator.remote.ask(links[format.ending]);
      const bytes = new Uint8Array(await response.arrayBuffer());
      await deliver(json ? lineOf(customerIdentifier, bytes) : bytes, file, surroundings);
      continue;
    }
    unmade++;
    const why = problem === undefined ? '' : `: ${problem.code}: ${problem.message}`;
    surroundings.err(`${printable(`Customer ${customerIdentifier}: ${status}${why}`)}\n`);
  }
  if (!ended)
    surroundings.err('Not all previews are made: do an engine and the CRM run? See requite doctor.\n');
  return unmade === 0 ? EXIT.done : EXIT.withProblems;
}

/** In which form, and where to. Throws `UsageError`. */
function wishesOf(given: GivenWords, { onTerminal }: Surroundings) {
  const json = given.values.json === true;
  const file = textOf(given, 'out');
  const name = json ? 'json' : textOf(given, 'format');
  const format = name === undefined ? formatOfFile(file ?? '') : formatNamed(name);
  const isMany = given.words.length > 1;
  if (isMany && file !== undefined) throw new UsageError('--out takes the preview of one customer.');
  if (isMany && format.name === 'pdf')
    throw new UsageError('A PDF is of one customer: name one, and --out FILE.');
  if (format.name === 'pdf' && file === undefined && onTerminal.out)
    throw new UsageError('A PDF is not printed on a terminal: give --out FILE.');
  return { json, file, format };
}

/** The previews, once all have ended or it takes too long. */
async function made(given: GivenWords, coordinator: Coordinator): Promise<Preview> {
  const [billDate, billingPeriod] = [textOf(given, 'bill-date'), textOf(given, 'billing-period')];
  const client = coordinator.client();
  const { previewId } = await client.startPreview({
    customerIdentifiers: given.words,
    ...(billDate !== undefined && { billDate }),
    ...(billingPeriod !== undefined && { billingPeriod }),
  });
  return await client.preview(previewId, { waitMs: PATIENCE_MS });
}

/** A line of JSON: the customer, and what would be billed. */
function lineOf(customerIdentifier: string, bytes: Uint8Array): Uint8Array {
  const document = JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
  return new TextEncoder().encode(`${JSON.stringify({ customerIdentifier, ...document })}\n`);
}
