import { TransportError } from '../../../core/mod.ts';
import type { JobStoreKind } from '../backing.ts';
import { type AclRule, aclCommands, aclRules, listedServices } from './acl-rules.ts';
import { type TopicsCommand, UsageError } from './arguments.ts';
import { type CreateSettings, createTopics, showMade } from './create.ts';
import { listTopics, showListing } from './list.ts';
import { logTrouble, openLogAdmin, troubleCode } from './open.ts';
import { within } from './patience.ts';
import type { TopicAdmin } from './port.ts';
import { publishRecord, readRecords } from './records.ts';
import { carryOut, plansJson, planTrims, showPlans, warningsFor } from './trim.ts';

/** The embedded log waits for other processes' writes by itself; this is for what it doesn't know of. */
const EMBEDDED_WAIT_MS = 10_000;

type AclsCommand = Extract<TopicsCommand, { readonly name: 'acls' }>;

export interface TopicsSettings extends CreateSettings {
  readonly jobStore?: JobStoreKind;
}

export interface TopicsOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Carries out `bun run topics …`, and returns the exit code. Throws `UsageError`, and what is unexpected. */
export async function runTopics(
  command: TopicsCommand,
  settings: TopicsSettings,
  { out, err }: TopicsOutput,
): Promise<number> {
  const waitMs = settings.kafka?.requestTimeoutMs ?? EMBEDDED_WAIT_MS;
  try {
    await carry(command, settings, waitMs, { out, err });
    return 0;
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    err(`${logTrouble(settings, error)}\n`);
    return troubleCode(error);
  }
}

async function carry(
  command: TopicsCommand,
  settings: TopicsSettings,
  waitMs: number,
  { out, err }: TopicsOutput,
): Promise<void> {
  switch (command.name) {
    case 'help':
      return;
    case 'create': {
      const made = await createTopics(settings, waitMs);
      out(command.json ? documentOf({ topics: made }) : `${showMade(made)}\n`);
      return;
    }
    case 'list': {
      const { all, json } = command;
      const listing = await withAdmin(settings, (admin) => within(waitMs, () => listTopics(admin, all)));
      out(json ? documentOf(listing) : `${showListing(listing)}\n`);
      return;
    }
    case 'publish': {
      // it must be there already, as it is for the other commands: a log of one record in the wrong place helps nobody
      await withAdmin(settings, async () => {});
      const { topic, json } = command;
      const partition = await within(waitMs, () => publishRecord(settings, command));
      out(json ? documentOf({ topic, partition }) : `published to ${topic}, partition ${partition}\n`);
      return;
    }
    case 'acls': {
      const users = aclsOf(command, settings.jobStore);
      out(command.json ? documentOf(users) : `${aclLines(users)}\n`);
      return;
    }
    case 'read':
      await withAdmin(settings, async () => {});
      await readRecords(settings, command.topic, (line) => out(`${line}\n`));
      return;
    case 'trim':
      await withAdmin(settings, async (admin) => {
        const plans = await within(waitMs, () => planTrims(admin, command));
        for (const warning of warningsFor(plans)) err(`${warning}\n`);
        // as long as it takes: the embedded log deletes record by record
        if (!command.dryRun) await carryOut(admin, plans);
        const { dryRun, json } = command;
        out(json ? documentOf(plansJson(plans, dryRun)) : `${showPlans(plans, dryRun)}\n`);
      });
      return;
    default:
      return command satisfies never;
  }
}

const documentOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

interface UserAcls {
  readonly services: readonly string[];
  readonly principal: string;
  readonly rules: readonly AclRule[];
}

/** What each user needs; nothing is asked of the log. */
function aclsOf({ services, principal }: AclsCommand, jobStore: JobStoreKind = 'kafka'): readonly UserAcls[] {
  const unknown = services.filter((name) => !listedServices.includes(name));
  if (unknown.length > 0)
    throw new UsageError(
      `There is no service "${unknown.join('", "')}": choose among ${listedServices.join(', ')}.`,
    );
  // where no broker is named, nothing says where the jobs will be: then the list has all that may be needed
  const options = { jobsInKafka: jobStore === 'kafka' || jobStore === 'embedded' };
  const chosen = services.length === 0 ? listedServices : services;
  const users = principal === null ? chosen.map((name) => [name]) : [chosen];
  return users.map((names) => ({
    services: names,
    principal: principal ?? `User:${names[0]}`,
    rules: aclRules(names, options),
  }));
}

/** The lines that give it to them. */
function aclLines(users: readonly UserAcls[]): string {
  return users
    .flatMap(({ services, principal, rules }) => [
      `# ${services.join(', ')}`,
      ...aclCommands(rules, principal),
      '',
    ])
    .join('\n')
    .trimEnd();
}

async function withAdmin<T>(settings: TopicsSettings, work: (admin: TopicAdmin) => Promise<T>): Promise<T> {
  const admin = await openLogAdmin(settings);
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
