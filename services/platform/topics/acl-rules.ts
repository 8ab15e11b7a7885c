import { topics } from '../../../core/mod.ts';
import { EVERY_PROCESS, FAMILIES, type GroupAccess, SERVICE_ACCESS, type ServiceAccess } from './acls.ts';

type AclResource = 'topic' | 'group' | 'transactional-id' | 'cluster';
type AclOperation = 'Read' | 'Write' | 'Describe' | 'Create' | 'IdempotentWrite';

/** What a principal may do, as Kafka's authorizers take it; everything else is denied. */
export interface AclRule {
  readonly resource: AclResource;
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  readonly operation: AclOperation;
}

export interface AclOptions {
  /** With JOB_STORE=kafka: each group that keeps jobs has a topic, and transactions. */
  readonly jobsInKafka: boolean;
}

/** The name of Kafka's one resource of the kind `cluster`. */
const CLUSTER = 'kafka-cluster';

/** What a process needs that runs these services, each once, by resource and name. Throws RangeError for an unknown one. */
export function aclRules(services: readonly string[], options: AclOptions): readonly AclRule[] {
  const chosen = services.map(accessOf);
  const groups = chosen.flatMap((access) => access.groups);
  const keepers = options.jobsInKafka ? groups.filter(({ keepsJobs }) => keepsJobs) : [];
  const reads = [
    ...EVERY_PROCESS.reads,
    ...chosen.flatMap((access) => access.reads),
    ...groups.flatMap((group) => group.reads),
  ];
  const writes = [
    ...EVERY_PROCESS.writes,
    ...chosen.flatMap((access) => access.writes),
    ...groups.flatMap((group) => group.writes),
    // what can't be processed goes there, whoever reads it
    ...(groups.length > 0 ? [topics.deadLetters] : []),
  ];
  const rules: AclRule[] = [
    ...described([...reads, ...writes]).map((name) => literal('topic', name, 'Describe')),
    ...reads.map((name) => literal('topic', name, 'Read')),
    ...writes.map((name) => literal('topic', name, 'Write')),
    ...groups.map(({ group }) => literal('group', group, 'Read')),
    ...keepers.flatMap(jobRules),
    // the producer is idempotent: newer brokers take the right to write any topic for this, older ones and Redpanda don't
    literal('cluster', CLUSTER, 'IdempotentWrite'),
  ];
  return distinct(rules);
}

/** The services that have a list. */
export const listedServices: readonly string[] = SERVICE_ACCESS.map(({ service }) => service);

function accessOf(name: string): ServiceAccess {
  const access = SERVICE_ACCESS.find(({ service }) => service === name);
  if (access !== undefined) return access;
  throw new RangeError(`There is no service "${name}": choose among ${listedServices.join(', ')}.`);
}

function described(used: readonly string[]): readonly string[] {
  return FAMILIES.filter((family, at) => at === 0 || family.some((name) => used.includes(name))).flat();
}

function jobRules({ group }: GroupAccess): readonly AclRule[] {
  const topic = `jobs-${group}`;
  const ids = { resource: 'transactional-id', name: `requite-${group}-`, pattern: 'prefixed' } as const;
  return [
    literal('topic', topic, 'Describe'),
    literal('topic', topic, 'Read'),
    literal('topic', topic, 'Write'),
    literal('topic', topic, 'Create'),
    { ...ids, operation: 'Describe' },
    { ...ids, operation: 'Write' },
  ];
}

const literal = (resource: AclResource, name: string, operation: AclOperation): AclRule => ({
  resource,
  name,
  pattern: 'literal',
  operation,
});

function distinct(rules: readonly AclRule[]): readonly AclRule[] {
  const keyOf = ({ resource, name, operation }: AclRule): string => `${resource} ${name} ${operation}`;
  return [...new Map(rules.map((rule) => [keyOf(rule), rule])).values()];
}

/**
 * The rules as command lines of Kafka's own tool, one for each resource and set of operations; `rpk security acl` of
 * Redpanda takes the same words.
 */
export function aclCommands(rules: readonly AclRule[], principal: string): readonly string[] {
  const sets = new Map<string, { readonly rule: AclRule; readonly names: string[] }>();
  for (const rule of rules) {
    const operations = rules
      .filter(({ resource, name }) => resource === rule.resource && name === rule.name)
      .map(({ operation }) => operation);
    const key = `${rule.resource} ${rule.pattern} ${operations.join(' ')}`;
    const set = sets.get(key) ?? { rule, names: [] };
    if (!set.names.includes(rule.name)) set.names.push(rule.name);
    sets.set(key, set);
  }
  return [...sets].map(([key, { rule, names }]) => {
    const operations = key.split(' ').slice(2);
    const resources =
      rule.resource === 'cluster' ? '--cluster' : names.map((name) => `--${rule.resource} ${name}`).join(' ');
    const pattern = rule.pattern === 'prefixed' ? ' --resource-pattern-type prefixed' : '';
    const allowed = operations.map((each) => `--operation ${each}`).join(' ');
    return `kafka-acls.sh $ADMIN --add --allow-principal ${principal} ${allowed} ${resources}${pattern}`;
  });
}
