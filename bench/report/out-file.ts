import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OptionsError } from '../../test/support/flags.ts';

const RESULTS_DIR = resolve(import.meta.dir, '../results');

/**
 * Where the JSON goes: the file that `out` names, else one of `name` and the time in bench/results. Found out before
 * anything is measured. Throws `OptionsError` where it can't be written.
 */
export function outFile(out: string | null, startedAt: string, name = ''): string {
  const at = `${startedAt.replaceAll(':', '').slice(0, 17)}Z.json`;
  const file = resolve(out ?? join(RESULTS_DIR, name === '' ? at : `${name}-${at}`));
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(dirname(file), constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
    if (existsSync(file) && !statSync(file).isFile()) throw new Error('there is something else of this name');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OptionsError(`--out ${file} can't be written: ${reason}`, { cause: error });
  }
  return file;
}

export function writeJson(file: string, results: object): void {
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}
