import { UsageError } from '../platform/topics/arguments.ts';

/** What a bill can be had as: by its name here, in a file's name, in Accept and in an archive's query. */
interface BillFormat {
  readonly name: string;
  readonly ending: string;
  readonly mediaType: string;
}

const TEXT: BillFormat = { name: 'text', ending: 'txt', mediaType: 'text/plain' };
const FORMATS: readonly BillFormat[] = [
  TEXT,
  { name: 'html', ending: 'html', mediaType: 'text/html' },
  { name: 'pdf', ending: 'pdf', mediaType: 'application/pdf' },
  { name: 'json', ending: 'json', mediaType: 'application/json' },
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
