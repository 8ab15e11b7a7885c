import { join, resolve } from 'node:path';
import { type Static, type TObject, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { JobStoreKind } from './backing.ts';

const port = (fallback: number, what: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: fallback,
    description: `${what}; 0 takes a free one`,
  });

/** Every setting: its environment variable, limits, default and meaning. `--help` prints this table. */
const SettingsSchema = Type.Object({
  BROKERS: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'reserved for Kafka and Redpanda: this version has the embedded log only, and refuses to start with it',
    }),
  ),
  DATA_DIR: Type.String({
    default: './data',
    minLength: 1,
    description: 'where the embedded log, the jobs and the views live',
  }),
  BILLS_DIR: Type.Optional(
    Type.String({ minLength: 1, description: 'where bills are written; default $DATA_DIR/bills' }),
  ),
  JOB_STORE: Type.Union([Type.Literal('embedded'), Type.Literal('sqlite'), Type.Literal('memory')], {
    default: 'embedded',
    description:
      'where suspended jobs are kept: embedded (with the log, one transaction), sqlite ($DATA_DIR/jobs.db, beside the log) or memory (lost at exit; for trying things out)',
  }),
  COORDINATOR_PORT: port(3007, "the coordinator's port"),
  CRM_PORT: port(3008, "the CRM's port"),
  HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'the address to listen on; 0.0.0.0 opens the services to the network',
  }),
  PARTITIONS: Type.Integer({
    default: 4,
    minimum: 1,
    maximum: 1024,
    description: 'partitions of each topic; fixed once the topics exist',
  }),
  LOG_LEVEL: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'the least severe level that is logged' },
  ),
  LOG_FORMAT: Type.Union([Type.Literal('pretty'), Type.Literal('json')], {
    description: 'pretty or json; default pretty on a terminal, json elsewhere',
  }),
  OPEN_JOBS: Type.Integer({
    default: 25_000,
    minimum: 1,
    maximum: 10_000_000,
    description: 'jobs of a partition that may wait for answers at once; beyond it workflow-queue is paused',
  }),
});

/** The settings, checked, with paths made absolute. */
export interface Settings {
  readonly brokers: string | null;
  readonly dataDir: string;
  readonly billsDir: string;
  readonly jobStore: JobStoreKind;
  readonly coordinatorPort: number;
  readonly crmPort: number;
  readonly host: string;
  readonly partitions: number;
  readonly logLevel: string;
  readonly logFormat: 'pretty' | 'json';
  readonly openJobs: number;
}

/** A setting that can't be used: the message names the variable and says what it takes. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Reads settings from an environment. Throws `SettingsError` naming every variable that is wrong. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  onTerminal: boolean,
): Settings {
  const raw: Record<string, string> = { LOG_FORMAT: onTerminal ? 'pretty' : 'json' };
  for (const name of Object.keys(SettingsSchema.properties)) {
    const value = environment[name];
    if (value !== undefined && value.trim() !== '') raw[name] = value.trim();
  }
  const values = Value.Default(SettingsSchema, withIntegers(raw));
  const wrong = [
    ...new Set([...Value.Errors(SettingsSchema, values)].map(({ path }) => path.split('/')[1] ?? '')),
  ];
  if (wrong.length > 0)
    throw new SettingsError(
      wrong.map((name) => `${name}="${raw[name] ?? ''}" can't be used: ${rangeOf(name)}`).join('\n'),
    );
  const checked = values as Static<typeof SettingsSchema>;
  if (checked.BROKERS !== undefined) {
    throw new SettingsError('BROKERS is set, but this version has the embedded log only: unset BROKERS');
  }
  const dataDir = resolve(checked.DATA_DIR);
  return {
    brokers: null,
    dataDir,
    billsDir: checked.BILLS_DIR === undefined ? join(dataDir, 'bills') : resolve(checked.BILLS_DIR),
    jobStore: checked.JOB_STORE,
    coordinatorPort: checked.COORDINATOR_PORT,
    crmPort: checked.CRM_PORT,
    host: checked.HOST,
    partitions: checked.PARTITIONS,
    logLevel: String(checked.LOG_LEVEL),
    logFormat: checked.LOG_FORMAT,
    openJobs: checked.OPEN_JOBS,
  };
}

/** Texts of whole numbers as numbers where the schema has an integer; TypeBox's own conversion would cut 3.5 to 3. */
function withIntegers(raw: Readonly<Record<string, string>>): Record<string, unknown> {
  const properties = (SettingsSchema as TObject).properties;
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [
      name,
      properties[name]?.type === 'integer' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    ]),
  );
}

interface Described {
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly { const: string }[];
}

function rangeOf(name: string): string {
  const { minimum, maximum, anyOf } = ((SettingsSchema as TObject).properties[name] ?? {}) as Described;
  if (anyOf !== undefined) return `give one of ${anyOf.map((one) => one.const).join(', ')}`;
  if (minimum !== undefined) return `give a whole number from ${minimum} to ${maximum}`;
  return 'give a text that is not empty';
}

/** The settings as `--help` prints them. */
export function settingsHelp(): string {
  const rows = Object.entries(SettingsSchema.properties as Record<string, Described>).map(
    ([name, { description, default: fallback }]) => {
      const shown = fallback === undefined ? '' : ` (default ${String(fallback)})`;
      return `  ${name.padEnd(18)}${description ?? ''}${shown}`;
    },
  );
  return ['Settings, from the environment:', ...rows].join('\n');
}
