import { writeFileSync } from 'node:fs';
import { asyncApiDocument } from '../platform/asyncapi/document.ts';
import { readSettings } from '../platform/config.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import { asCalled, EXIT, type Surroundings } from './command.ts';

const usage = `Usage: bun run asyncapi [--out FILE]

Prints an AsyncAPI 3.1 document of the topics: their keys, records, senders, receivers and settings. It is made of the
schemas that decode the records, and asks no log. A running coordinator has the same at /asyncapi.json.

  --out FILE   writes it there

Exits with 0 when done, 1 where FILE can't be written, 2 for a command line or setting that can't be used.

Settings (environment):
  PARTITIONS      partitions of each topic; where it is not set, the document does not say
  EVENTBUS_NAME   the topic of the events (default events)
`;

/** Carries out `asyncapi`. */
export async function asyncapi(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, called, out, err, onTerminal } = surroundings;
  if (words.some((word) => word === '--help' || word === '-h')) {
    out(asCalled(usage, called));
    return EXIT.done;
  }
  const file = fileOf(words);
  const { partitions, eventBus } = readSettings(environment, onTerminal.out);
  const text = `${JSON.stringify(asyncApiDocument({ partitions, eventBus }), null, 2)}\n`;
  if (file === null) {
    out(text);
    return EXIT.done;
  }
  writeFileSync(file, text);
  err(`Wrote ${file}.\n`);
  return EXIT.done;
}

function fileOf([option, file, ...more]: readonly string[]): string | null {
  if (option === undefined) return null;
  if (option !== '--out') throw new UsageError(`"${option}" means nothing here.`);
  if (file === undefined || file === '') throw new UsageError('--out needs a file.');
  if (more[0] !== undefined) throw new UsageError(`"${more[0]}" means nothing here.`);
  return file;
}
