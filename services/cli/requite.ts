// The command line: finds the command, runs it, and makes an exit code of what comes of it.
import { RequiteError } from '../../client/mod.ts';
import { TransportError } from '../../core/mod.ts';
import { SettingsError } from '../platform/config.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import { advised } from './advice.ts';
import { EXIT, type ListedCommand, type Surroundings } from './command.ts';
import { commands } from './commands.ts';
import { NotReached } from './errors.ts';
import { helpOfAll } from './help.ts';
import { nearest } from './nearest.ts';
import { endWithReader, surroundingsOf } from './surroundings.ts';

type Environment = Surroundings['environment'];

/** Carries out `requite …`, and returns the exit code. */
export async function runCommandLine(words: readonly string[], environment: Environment): Promise<number> {
  const surroundings = surroundingsOf(environment, 'requite', commands);
  const [name = 'help', ...rest] = words;
  if (['help', '--help', '-h'].includes(name)) {
    const asked = rest[0];
    if (asked !== undefined) return await runCommandLine([asked, '--help'], environment);
    surroundings.out(helpOfAll());
    return words.length === 0 ? EXIT.usage : EXIT.done;
  }
  const command = commands.find((each) => each.name === name);
  if (command !== undefined) return await carry(command, rest, surroundings);
  const close = nearest(
    name,
    commands.map((each) => each.name),
  );
  const hint = close === null ? '' : ` Did you mean "${close}"?`;
  surroundings.err(`There is no command "${name}".${hint}\nSee requite --help.\n`);
  return EXIT.usage;
}

/** Carries out a command by the script of its own name, `bun run NAME …`, and returns the exit code. */
export async function runAlone(
  name: string,
  words: readonly string[],
  environment: Environment,
): Promise<number> {
  const command = commands.find((each) => each.name === name);
  if (command === undefined) throw new RangeError(`there is no command "${name}"`);
  return await carry(command, words, surroundingsOf(environment, name, commands));
}

async function carry(
  command: ListedCommand,
  words: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  endWithReader();
  try {
    return await (await command.load())(words, surroundings);
  } catch (error) {
    // the user's to mend, or something that can't be used: the message says what to do, a stack would not
    surroundings.err(`${messageOf(error)}\n`);
    if (isNotReached(error)) return EXIT.notReached;
    if (!(error instanceof UsageError || error instanceof SettingsError)) return EXIT.failed;
    surroundings.err(`See bun run ${command.name} --help.\n`);
    return EXIT.usage;
  }
}

/** Of the client's errors what the coordinator says, without the code for programs. */
function messageOf(error: unknown): string {
  if (!(error instanceof RequiteError)) return error instanceof Error ? error.message : String(error);
  if (error.status !== null) return advised(error.detail);
  return `${error.detail}\nStart it with bun run services, or say where it is with --url or REQUITE_URL.`;
}

/** Nobody answered, or only that it can't be done now. */
const AWAY: readonly (number | null)[] = [null, 408, 429, 502, 503, 504];

function isNotReached(error: unknown): boolean {
  if (error instanceof RequiteError) return AWAY.includes(error.status);
  return error instanceof NotReached || (error instanceof TransportError && error.code === 'unavailable');
}
