// How a service is started beside this one, so that it comes to the same log: for pages that say what is missing.
import { resolve } from 'node:path';
import { jobStoreOf } from './backing.ts';
import { SettingsSchema } from './config/schema.ts';
import type { Settings } from './config.ts';
import { type BunInUse, bunRun, shellWord } from './shell.ts';

/** The command that starts services of this deployment, as far as it may be shown. */
export interface StartCommand {
  /** For services by their names in the catalogue, to be pasted into a shell. */
  readonly of: (services: readonly string[]) => string;
  /** Whether that is all of it: false where they need what is not shown, such as a password. */
  readonly isWhole: boolean;
  /** The variable that says which deployment a process belongs to. */
  readonly placedBy: 'DATA_DIR' | 'BROKERS';
}

/** What was run to come here. */
interface Runtime extends BunInUse {
  /** The file that was started. */
  readonly main: string;
}

/** Made of the settings of this process. Addresses and directories are shown where nobody has to log in; secrets never. */
export function startCommand(settings: Settings, runtime: Runtime): StartCommand {
  const { kafka, postgresUrl, oidc } = settings;
  const variables = oidc === null ? placeOf(settings) : {};
  const words = Object.entries(variables).map(([name, value]) => `${name}=${shellWord(value)}`);
  return {
    of: (services) => [...words, runnerOf(runtime), ...services].join(' '),
    isWhole: oidc === null && postgresUrl === null && (kafka === null || isOpen(kafka)),
    placedBy: kafka === null ? 'DATA_DIR' : 'BROKERS',
  };
}

/** What is not as it comes, of where log and jobs are. */
function placeOf({ kafka, dataDir, jobStore, postgresUrl }: Settings): Readonly<Record<string, string>> {
  const isUsual = dataDir === resolve(SettingsSchema.properties.DATA_DIR.default);
  return {
    ...(kafka === null ? {} : { BROKERS: kafka.brokers.join(',') }),
    ...(isUsual ? {} : { DATA_DIR: dataDir }),
    ...(jobStore === jobStoreOf({ dataDir, kafka, postgresUrl }) ? {} : { JOB_STORE: jobStore }),
  };
}

const isOpen = ({ sasl, tls, client }: NonNullable<Settings['kafka']>): boolean =>
  sasl === null && tls === null && client === 'platformatic';

/** As whoever started this process would start another: with the package, without Bun, or from a checkout. */
function runnerOf(runtime: Runtime): string {
  if (/[\\/]node_modules[\\/]requite[\\/]/.test(runtime.main)) return 'bunx requite services';
  return `${bunRun(runtime)}services`;
}
