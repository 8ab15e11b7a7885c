// requite completion: what a shell needs to complete commands, their words and their options.
import { UsageError } from '../platform/topics/arguments.ts';
import { EXIT, type ListedCommand, type RunCommand } from './command.ts';
import { completionSpec } from './specs.ts';
import { helpOf, oneWord, readWords } from './words.ts';

type Commands = readonly ListedCommand[];

const SHELLS: Readonly<Record<string, (commands: Commands) => string>> = {
  bash,
  zsh: (commands) => `autoload -U bashcompinit && bashcompinit\n${bash(commands)}`,
  fish,
};

/** What carries out `completion`, for these commands. */
export function completionOf(commands: Commands): RunCommand {
  return async (words, { out }) => {
    const given = readWords(completionSpec, words);
    if (given === null) {
      out(helpOf(completionSpec));
      return EXIT.done;
    }
    const shell = oneWord(given, 'the name of a shell: bash, zsh or fish');
    const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (script === undefined)
      throw new UsageError(`There is no completion for "${shell}": choose among bash, zsh, fish.`);
    out(script(commands));
    return EXIT.done;
  };
}

const followersOf = ({ words = [], options = [] }: ListedCommand): readonly string[] => [
  ...words,
  ...options,
  '--help',
];

function bash(commands: Commands): string {
  const cases = commands.map((each) => `    ${each.name}) words="${followersOf(each).join(' ')}" ;;`);
  return `_requite() {
  local words
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help" -- "\${COMP_WORDS[1]}"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _requite requite
`;
}

function fish(commands: Commands): string {
  const lines = commands.flatMap((each) => {
    const behind = `complete -c requite -n '__fish_seen_subcommand_from ${each.name}'`;
    const { words = [], options = [] } = each;
    return [
      `complete -c requite -n __fish_use_subcommand -f -a ${each.name} -d '${each.summary.replaceAll("'", "\\'")}'`,
      ...words.map((word) => `${behind} -f -a ${word}`),
      ...options.map((option) => `${behind} -l ${option.slice(2)}`),
    ];
  });
  return `${lines.join('\n')}\n`;
}
