// What `requite --help` prints, and the help of the commands that are described as data.
import { GROUPS } from './command.ts';
import { commands } from './commands.ts';

const EXITS = `Exit codes: 0 done; 1 it could not be done; 2 the command line or a setting can't be used; 3 the log or the service
does not answer; 4 the run has failed or parked jobs; 130 ended by Ctrl-C.`;

export function helpOfAll(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const groups = GROUPS.flatMap((group) => {
    const rows = commands
      .filter((each) => each.group === group)
      .map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
    return rows.length === 0 ? [] : [`${group}:`, ...rows, ''];
  });
  return [
    'Usage: requite COMMAND [WORD …] [--OPTION …]',
    '',
    ...groups,
    'requite COMMAND --help tells all about one. From a checkout: bun run requite COMMAND.',
    '',
    EXITS,
    '',
  ].join('\n');
}
