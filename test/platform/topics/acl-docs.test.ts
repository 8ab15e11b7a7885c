import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { topics } from '../../../core/mod.ts';
import { aclCommands, aclRules } from '../../../services/platform/topics/acl-rules.ts';
import { EVERY_PROCESS, SERVICE_ACCESS, type ServiceAccess } from '../../../services/platform/topics/acls.ts';

const page = readFileSync(resolve(import.meta.dir, '../../../docs/security.md'), 'utf8');

test('docs/security.md has the table of what each service needs', () => {
  const missing = SERVICE_ACCESS.map(row).filter((line) => !squeezed(page).includes(squeezed(line)));
  // to be put into the page as they stand here
  expect(missing.join('\n')).toBe('');
});

test('docs/security.md shows the lines of the engine as "bun run topics acls engine" prints them', () => {
  for (const line of aclCommands(aclRules(['engine'], { jobsInKafka: true }), 'User:engine'))
    expect(page).toContain(line);
});

test('a service that is not listed is refused, with those that are', () => {
  expect(() => aclRules(['nobody'], { jobsInKafka: true })).toThrow(
    /There is no service "nobody": choose among coordinator/,
  );
});

test('several services in one process need what each of them does, and each once', () => {
  const rules = aclRules(['coordinator', 'engine', 'crm'], { jobsInKafka: true });
  const keys = rules.map(({ resource, name, operation }) => `${resource} ${name} ${operation}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const one of ['coordinator', 'engine', 'crm'])
    for (const rule of aclRules([one], { jobsInKafka: true })) expect(rules).toContainEqual(rule);
});

test('without jobs in Kafka nobody needs transactions or topics of jobs', () => {
  const rules = aclRules(['engine'], { jobsInKafka: false });
  expect(rules.filter(({ resource }) => resource === 'transactional-id')).toEqual([]);
  expect(rules.filter(({ name }) => name.startsWith('jobs-'))).toEqual([]);
});

/** A service's row: its groups with what they read (* where they keep jobs or states), what it reads besides, and writes. */
function row({ service, groups, reads, writes }: ServiceAccess): string {
  const all = [
    ...writes,
    ...groups.flatMap((group) => group.writes),
    ...(groups.length > 0 ? [topics.deadLetters] : []),
  ];
  const own = (names: readonly string[], every: readonly string[]): string =>
    [...new Set(names)]
      .filter((name) => !every.includes(name))
      .sort()
      .join(', ') || '-';
  const joined = groups.map(
    ({ group, keepsJobs, reads: inputs }) => `${group}${keepsJobs ? '*' : ''}: ${inputs.join(', ')}`,
  );
  const cells = [
    service,
    joined.join('; ') || '-',
    own(reads, EVERY_PROCESS.reads),
    own(all, EVERY_PROCESS.writes),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Tables are lined up with blanks. */
const squeezed = (text: string): string => text.replace(/ +/g, ' ');
