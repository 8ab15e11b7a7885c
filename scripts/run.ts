/**
 * What every script of package.json goes through: `bun scripts/run.ts [--dev] TARGET args…`
 *
 * Makes sure that node_modules is what bun.lock says, then runs TARGET with args, so that a fresh clone needs
 * no command of its own for installing. Imports only what Bun brings, as nothing else may be there yet.
 * `--dev` asks for the development packages too. The target sees its own name and arguments in
 * `process.argv`; it is not `import.meta.main`, because it may share this process.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { installedMode, installPackages } from './install.ts';
import { stopWithNpx } from './npx.ts';

const root = path.resolve(import.meta.dir, '..');
const given = process.argv.slice(2);
const dev = given[0] === '--dev';
const [target, ...args] = dev ? given.slice(1) : given;
if (target === undefined) throw new Error('usage: bun scripts/run.ts [--dev] TARGET args…');
const file = path.resolve(root, target);

if (!(await Bun.file(file).exists())) {
  console.error(`There is no ${target} here (looked in ${root}).`);
  process.exit(1);
}
stopWithNpx();
const mode = installedMode(root);
if (mode === 'dev' || (mode === 'production' && !dev)) {
  process.argv = [process.execPath, file, ...args];
  await import(file);
} else {
  if (!installPackages(root, dev)) process.exit(1);
  runInChild();
}

/** In a process of its own: this one has looked for packages before they came, and Bun remembers what it missed. */
function runInChild(): void {
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`Could not start ${target}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
