import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCKERFILE = join(import.meta.dir, '../../Dockerfile');

/** What the image tells the runtime, and so what is measured is what runs: its settings by name, from the Dockerfile. */
export const runtimeSettings: Readonly<Record<string, string>> = settingsIn(readFileSync(DOCKERFILE, 'utf8'));

/** Throws where there are none: the image has been changed, and the bench must follow. */
function settingsIn(dockerfile: string): Readonly<Record<string, string>> {
  const found = [...dockerfile.matchAll(/\b((?:BUN_JSC|MIMALLOC)_\w+)=(\S+)/g)];
  if (found.length === 0) throw new Error('the Dockerfile has no settings of the runtime');
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value]));
}
