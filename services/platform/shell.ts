// What a user may paste into a shell.

/** The Bun that a process runs in. */
export interface BunInUse {
  readonly execPath: string;
  readonly version: string;
}

/** How a script of package.json is started with the same Bun, up to the script's name: also where npx has fetched it. */
export function bunRun({ execPath, version }: BunInUse): string {
  return /[\\/]_npx[\\/]/.test(execPath) ? `npx --yes bun@${version} run ` : 'bun run ';
}

/** A word as a shell takes it, in quotes where it needs them. */
export function shellWord(text: string): string {
  return /^[\w.,:@%+=/][\w.,:@%+=/-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
