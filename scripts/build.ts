/**
 * `bun run build`: makes dist/, which is what the npm package has for those who don't read TypeScript: the core
 * as JavaScript, and the types of everything public. Bun reads the sources, also from the package.
 */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dir, '..');
const dist = path.join(root, 'dist');
const tsc = path.join(root, 'node_modules/typescript/bin/tsc');

// Built beside and put in place at the end, so that nobody finds half of it.
const building = mkdtempSync(path.join(root, 'node_modules/.requite-build-'));
const result = Bun.spawnSync(
  [process.execPath, tsc, '-p', 'scripts/tsconfig.build.json', '--outDir', building],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  },
);
if (result.exitCode !== 0) {
  rmSync(building, { recursive: true });
  console.error('The build failed: the compiler says why above.');
  process.exit(1);
}
rmSync(dist, { recursive: true, force: true });
renameSync(building, dist);
console.log('Built dist/.');
