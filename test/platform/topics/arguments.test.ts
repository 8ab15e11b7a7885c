import { expect, test } from 'bun:test';
import {
  readArguments,
  type TopicsCommand,
  UsageError,
} from '../../../services/platform/topics/arguments.ts';

const understood: readonly [string, TopicsCommand][] = [
  ['', { name: 'help' }],
  ['--help', { name: 'help' }],
  ['trim -h', { name: 'help' }],
  ['create', { name: 'create', json: false }],
  ['list', { name: 'list', all: false, json: false }],
  ['--all list --json', { name: 'list', all: true, json: true }],
  ['read payments --json', { name: 'read', topic: 'payments' }],
  ['acls crm --json', { name: 'acls', services: ['crm'], principal: null, json: true }],
  ['trim', { name: 'trim', topics: null, without: [], dryRun: false, json: false }],
  [
    'trim --topics a,b --dry-run --json',
    { name: 'trim', topics: ['a', 'b'], without: [], dryRun: true, json: true },
  ],
  [
    'trim --topics=a --topics b,a --without engine',
    { name: 'trim', topics: ['a', 'b'], without: ['engine'], dryRun: false, json: false },
  ],
];
for (const [line, command] of understood) {
  test(`understands "topics ${line}"`, () => {
    expect(readArguments(words(line))).toEqual(command);
  });
}

const refused: readonly [string, string][] = [
  ['publish payments {}', 'publish needs --key'],
  ['publish payments --key 1', 'publish takes TOPIC and VALUE'],
  ['publish payments --key 1 {oops', 'VALUE is not JSON'],
  ['read', 'read takes TOPIC'],
  ['read payments --key 1', 'read has no option --key'],
  ['frobnicate', 'choose among create, list, trim, publish, read'],
  ['toString', 'choose among create, list, trim, publish, read'],
  ['--json', 'choose among create, list, trim, publish, read'],
  ['list workflow-queue', 'too much'],
  ['list --dry-run', 'list has no option --dry-run: it takes --all, --json'],
  ['create --all', 'create has no option --all: it takes --json'],
  ['trim --frob', "Unknown option '--frob'"],
  ['trim --topics', '--topics'],
  ['trim --topics a,,b', 'an empty one'],
  ['trim --without=', 'an empty one'],
];
for (const [line, advice] of refused) {
  test(`refuses "topics ${line}" and says why`, () => {
    expect(() => readArguments(words(line))).toThrow(UsageError);
    expect(() => readArguments(words(line))).toThrow(advice);
  });
}

function words(line: string): string[] {
  return line.split(' ').filter((word) => word !== '');
}
