// How the user called the command line, so that what it advises can be pasted.
import { type BunInUse, bunRun } from '../platform/shell.ts';

/** What stands before the words of a command. */
export interface Typed {
  /** Of a command of `requite`, such as "bun run requite ". */
  readonly command: string;
  /** Of a command that has a script of its own name, such as "bun run ". */
  readonly script: string;
}

interface Caller {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The script of package.json that calls it: "requite", or the name of the command that it carries out alone. */
  readonly script: string;
  readonly bun: BunInUse;
}

/** What was typed, as far as Bun and npm tell it in the environment of what they run. */
export function typedBy({ environment, script, bun }: Caller): Typed {
  const { npm_command: command, npm_lifecycle_event: event, npm_lifecycle_script: line = '' } = environment;
  // a shell that a script has opened inherits the script's name, and tells nothing
  const isScript = command === 'run-script' && (event === script || event === undefined);
  const run = isScript ? bunRun(bun) : 'bun run ';
  if (script !== 'requite') return { command: `${run}requite `, script: run };
  const isPackage = (event === 'bunx' || event === 'npx') && /^\W*requite\b/.test(line);
  const before = isScript ? run : isPackage ? `${event} ` : '';
  return { command: `${before}requite `, script: `${before}requite ` };
}

/** Advice with the commands of these names as the user would type them. */
export function asTyped(text: string, { command, script }: Typed, names: readonly string[]): string {
  const follows = `(?=(?:${names.join('|')}|COMMAND|--help)(?![\\w-]))`;
  // what stands behind a runner is written out already
  const named = new RegExp(`(?<!(?:run|bunx|npx) |[\\w-])(bun run requite|requite|bun run) ${follows}`, 'g');
  return text.replaceAll(named, (_, called: string) => (called === 'bun run' ? script : command));
}
