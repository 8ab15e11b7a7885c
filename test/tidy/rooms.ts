/** Who may import whom: the table of rooms in ARCHITECTURE.md, as a rule. */
import { posix } from 'node:path';
import type { Source } from './source.ts';

type Target =
  | { kind: 'file'; path: string }
  | { kind: 'runtime'; name: string }
  | { kind: 'package'; name: string };

interface Room {
  name: string;
  /** Why the import is refused; undefined when it is fine. */
  refuses: (target: Target) => string | undefined;
}

const door = 'core/mod.ts';
const client = 'client/mod.ts';
const apiSchemas = ['services/coordinator/replies/index.ts', 'services/coordinator/routes/describe.ts'];
const ourName = 'requite';
const corePackages = new Set(['@sinclair/typebox', '@sinclair/typebox/value']);
const isIn = (folder: string, path: string): boolean => path.startsWith(`${folder}/`);

const core: Room = {
  name: 'core',
  refuses: (target) => {
    if (target.kind === 'runtime') return 'the core is the same on every runtime';
    if (target.kind === 'package') {
      return corePackages.has(target.name)
        ? undefined
        : `the core's only packages are ${[...corePackages].join(' and ')}`;
    }
    if (!isIn('core', target.path)) return 'the core imports only the core';
    return target.path.endsWith('.ts')
      ? undefined
      : 'the core names its files with .ts, as Deno and JSR read them';
  },
};

const clientRoom: Room = {
  name: 'client',
  refuses: (target) =>
    target.kind === 'file' && isIn('client', target.path)
      ? undefined
      : 'the client imports nothing but itself: it needs fetch alone',
};

const platform: Room = {
  name: 'services/platform',
  refuses: (target) => {
    if (target.kind !== 'file' || isIn('services/platform', target.path) || target.path === door)
      return undefined;
    return `the platform imports itself, ${door}, packages and the runtime`;
  },
};

const service = (name: string): Room => ({
  name,
  refuses: (target) => {
    if (target.kind === 'package') return undefined;
    if (target.kind === 'runtime') return 'what needs the runtime lives in services/platform';
    const allowed =
      [name, 'services/platform'].some((room) => isIn(room, target.path)) || target.path === door;
    return allowed
      ? undefined
      : `a service imports itself, ${door}, services/platform and packages, never another service`;
  },
});

const main: Room = {
  name: "a service's main",
  refuses: (target) =>
    target.kind !== 'file' || isIn('services', target.path) || target.path === door
      ? undefined
      : `a main imports services, ${door}, packages and the runtime`,
};

const commandLine: Room = {
  name: 'the command line',
  refuses: (target) =>
    target.kind !== 'file' || isIn('services', target.path) || [door, client].includes(target.path)
      ? undefined
      : `the command line imports services, ${door}, ${client}, packages and the runtime`,
};

const example: Room = {
  name: 'examples',
  refuses: (target) =>
    target.kind === 'file' && !isIn('examples', target.path)
      ? `an example imports what a user can: ${ourName}, ${ourName}/bun, ${ourName}/client and packages`
      : undefined,
};

const script: Room = {
  name: 'scripts',
  refuses: (target) =>
    target.kind === 'file' && !isIn('scripts', target.path) && !apiSchemas.includes(target.path)
      ? `a script imports scripts, packages and, to make the client's types, ${apiSchemas.join(' and ')}`
      : undefined,
};

function roomOf(path: string): Room | undefined {
  if (isIn('core', path)) return core;
  if (isIn('client', path)) return clientRoom;
  if (isIn('services/platform', path)) return platform;
  if (isIn('examples', path)) return example;
  if (isIn('scripts', path)) return script;
  if (!isIn('services', path)) return undefined; // bench and test: anything.
  if (isIn('services/cli', path)) return commandLine;
  const [folder, name, ...rest] = path.split('/');
  return rest.length === 0 ? main : service(`${folder}/${name}`);
}

function resolve(from: string, specifier: string): Target {
  if (/^(node|bun):/.test(specifier) || specifier === 'bun') return { kind: 'runtime', name: specifier };
  if (!specifier.startsWith('.')) return { kind: 'package', name: specifier };
  return { kind: 'file', path: posix.join(posix.dirname(from), specifier) };
}

export function roomRule({ path, imports }: Source): { line: number; problem: string }[] {
  const room = roomOf(path);
  if (room === undefined) return [];
  return imports.flatMap(({ specifier, line }) => {
    const target = resolve(path, specifier);
    const itself =
      target.kind === 'package' && (specifier === ourName || specifier.startsWith(`${ourName}/`));
    const reason = itself && room !== example ? 'only examples import us by our name' : room.refuses(target);
    return reason === undefined ? [] : [{ line, problem: `${room.name} imports '${specifier}': ${reason}` }];
  });
}
