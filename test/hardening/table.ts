import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A row of the table in docs/bad-inputs.md: the cells of a row, without the marks of code around them. */
export interface Row {
  readonly id: string;
  /** `POST crm /customers`, or a topic. */
  readonly where: string;
  readonly what: string;
  /** The input, then what is special about how it is sent; see `inputs.ts`. */
  readonly input: readonly string[];
  /** Such as `422 invalid-input`, or `dead letter invalid-json`. */
  readonly expected: string;
}

const PAGE = resolve(import.meta.dir, '../../docs/bad-inputs.md');
const HEADER = 'id|where|what|input|expected';

/** The rows of the one table of the page. Throws where there is none, or a row has other cells. */
export function readTable(page: string = readFileSync(PAGE, 'utf8')): readonly Row[] {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cellsOf);
  const [header, rule, ...body] = rows;
  if (header?.join('|') !== HEADER || rule === undefined)
    throw new Error(`docs/bad-inputs.md has no table whose columns are ${HEADER}`);
  return body.map((cells) => {
    const [id = '', where = '', what = '', input = '', expected = ''] = cells;
    if (cells.length !== 5 || cells.some((cell) => cell === ''))
      throw new Error(`row ${id}: it has ${cells.length} cells, or an empty one; there are five`);
    return { id, where: plain(where), what, input: codeIn(input), expected: plain(expected) };
  });
}

function cellsOf(line: string): readonly string[] {
  // a bar inside of code is written as \|
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.replaceAll('\\|', '|').trim());
}

const plain = (cell: string): string => cell.replaceAll('`', '');

const codeIn = (cell: string): readonly string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
