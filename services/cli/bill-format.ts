import type { BillFormat as Ending } from '../../client/mod.ts';
import { UsageError } from '../platform/topics/arguments.ts';

/** What a bill can be had as: by its name here, and in a file's name. */
interface BillFormat {
  readonly name: string;
  readonly ending: Ending;
}

const TEXT: BillFormat = { name: 'text', ending: 'txt' };
const FORMATS: readonly BillFormat[] = [
  TEXT,
  { name: 'html', ending: 'html' },
  { name: 'pdf', ending: 'pdf' },
  { name: 'json', ending: 'json' },
];

/** The format of this name. Throws `UsageError`. */
export function formatNamed(name: string): BillFormat {
  const found = FORMATS.find((format) => format.name === name || format.ending === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `--format takes one of ${FORMATS.map((each) => each.name).join(', ')}, not "${name}".`,
  );
}

/** The format that a file's name ends in; text where it ends in none. */
export function formatOfFile(file: string): BillFormat {
  return FORMATS.find(({ ending }) => file.toLowerCase().endsWith(`.${ending}`)) ?? TEXT;
}
