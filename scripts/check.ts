/**
 * `bun run check`: everything that has to hold before a commit, in the order of what fails fastest.
 *
 * Stops at the first step that fails. Ends with a line `N passed, N failed`. `--static` leaves the tests out
 * (.ci/run runs them by the command that the README gives).
 */
import path from 'node:path';

const root = path.resolve(import.meta.dir, '..');
const packages = path.join(root, 'node_modules');
const step = (file: string, ...args: string[]): string[] => [
  process.execPath,
  path.join(packages, file),
  ...args,
];

const steps: [name: string, command: string[]][] = [
  ['Format and lint (Biome)', step('@biomejs/biome/bin/biome', 'ci', '--error-on-warnings')],
  ['Types', step('typescript/bin/tsc', '--noEmit', '-p', '.')],
  ['Types of the core alone', step('typescript/bin/tsc', '--noEmit', '-p', 'core')],
  ['Types of the client alone', step('typescript/bin/tsc', '--noEmit', '-p', 'client')],
  ['Unused files, exports and packages (knip)', step('knip/bin/knip.js')],
];
if (!process.argv.includes('--static')) {
  steps.push(['Tests', [process.execPath, path.join(root, 'scripts/test.ts')]]);
}

for (const [name, command] of steps) {
  console.log(`\n── ${name}`);
  const start = performance.now();
  const child = Bun.spawn(command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const exitCode = await child.exited;
  if (name === 'Tests') process.exit(exitCode); // They said it all, and their count is the last line.
  console.log(
    `   ${exitCode === 0 ? 'passed' : 'failed'} in ${((performance.now() - start) / 1000).toFixed(1)} s`,
  );
  if (exitCode !== 0) {
    console.error(`check stopped at: ${name}`);
    console.log('0 passed, 1 failed');
    process.exit(1);
  }
}
