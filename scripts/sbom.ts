/**
 * `bun run sbom [FILE]`: what a deployment consists of beside our own code, as CycloneDX 1.6 in JSON: the packages of
 * production as bun.lock has them, with checksums, licences, and who needs whom. The same lockfile gives the same bytes:
 * there is no time in it, and no serial number.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bomIn } from './bom.ts';

const text = `${JSON.stringify(bomIn(path.resolve(import.meta.dir, '..')), null, 2)}\n`;
const [file] = process.argv.slice(2);
// whoever reads it may have enough, as `head` has: that is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
if (file === undefined) process.stdout.write(text);
else writeFileSync(file, text);
