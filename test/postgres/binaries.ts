/** Where PostgreSQL's programs are on this machine, and as whom they may run. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The user that a command has to run as, since PostgreSQL refuses to run as root; null where we are not root. */
  readonly user: UnixUser | null;
}

export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
  /** What a command line has to begin with to run as this user. */
  readonly prefix: readonly string[];
}

const INSTALL = 'install PostgreSQL 12 or newer (Debian and Ubuntu: apt-get install postgresql)';

/** The newest PostgreSQL of this machine, or what keeps us from running one. */
export function findBinaries(): PostgresBinaries | { readonly missing: string } {
  const folder = folders().find((each) => programs.every((name) => existsSync(path.join(each, name))));
  if (folder === undefined) return { missing: `no initdb and postgres on this machine: ${INSTALL}` };
  const [initdb, postgres] = programs.map((name) => path.join(folder, name)) as [string, string];
  if (process.getuid?.() !== 0) return { initdb, postgres, user: null };
  const user = unprivilegedUser();
  return 'missing' in user ? user : { initdb, postgres, user };
}

const programs = ['initdb', 'postgres'] as const;

/** Folders that may hold the programs: Debian keeps them off the PATH, a folder for each major version. */
function folders(): string[] {
  const debian = '/usr/lib/postgresql';
  const majors = existsSync(debian) ? readdirSync(debian) : [];
  const newestFirst = majors.sort((one, other) => Number.parseInt(other, 10) - Number.parseInt(one, 10));
  const onPath = Bun.which('postgres');
  return [
    ...newestFirst.map((major) => path.join(debian, major, 'bin')),
    ...output(['pg_config', '--bindir']),
    ...(onPath === null ? [] : [path.dirname(onPath)]),
  ];
}

/** The user `postgres` where the package made one, else `nobody`. */
function unprivilegedUser(): UnixUser | { readonly missing: string } {
  if (Bun.which('setpriv') === null) {
    return { missing: 'PostgreSQL does not run as root, and there is no setpriv: install util-linux' };
  }
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [output(['id', '-u', name]), output(['id', '-g', name])].map(([id]) => Number(id));
    if (uid === undefined || gid === undefined || !(uid > 0)) continue;
    return { uid, gid, prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'] };
  }
  return { missing: 'PostgreSQL does not run as root, and there is no user postgres or nobody to run it as' };
}

/** What a command prints, if it is there and succeeds. */
function output(command: readonly [string, ...string[]]): string[] {
  if (Bun.which(command[0]) === null) return [];
  const { exitCode, stdout } = Bun.spawnSync([...command], { stderr: 'ignore' });
  return exitCode === 0 ? [stdout.toString().trim()] : [];
}
