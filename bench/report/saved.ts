import { readFileSync } from 'node:fs';
import { OptionsError } from '../../test/support/flags.ts';
import { FORMAT, type Results, type Row } from './results.ts';

/** What of a result can be compared: files of an older bench have no more. */
export type Saved = Pick<Results, 'startedAt' | 'commit' | 'machine' | 'rows' | 'floors'> & {
  readonly options: Pick<Results['options'], 'bills' | 'repeat'>;
};

/** Before 2 a bench had one shape, which its options tell, and no parts alone. */
interface Format1 extends Omit<Saved, 'options' | 'floors'> {
  readonly format: 1;
  readonly options: Saved['options'] & Record<'partitions' | 'engines' | 'rate', number>;
}

/** Reads the JSON of a bench. Throws `OptionsError` for what is none. */
export function readSaved(file: string): Saved {
  const read = parsed(file);
  if (!isObject(read) || !Array.isArray(read.rows) || !isObject(read.options))
    throw new OptionsError(`${file} is no result of bun bench: give one of its JSON files (bench/results/)`);
  switch (read.format) {
    case 1:
      return fromFormat1(read as unknown as Format1);
    case FORMAT:
      return read as unknown as Saved;
    default:
      throw new OptionsError(
        `${file} is of format ${JSON.stringify(read.format) ?? 'unknown'}, and this bench reads 1 and ${FORMAT}: compare it with the bench that wrote it`,
      );
  }
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionsError(`${file} can't be read as the JSON of a bench: ${reason}`, { cause: error });
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fromFormat1({ rows, options, ...rest }: Format1): Saved {
  const { partitions, engines, rate } = options;
  const shaped = rows.map((row): Row => {
    const shape = { partitions, engines: row.setup.system === 'baseline' ? 1 : engines, rate };
    return { ...row, setup: { ...row.setup, ...shape } };
  });
  return { ...rest, options, rows: shaped, floors: [] };
}
