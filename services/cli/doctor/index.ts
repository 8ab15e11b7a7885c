// requite doctor: whether services would run here, and how those are that run.
import { chosenServices } from '../../catalogue.ts';
import { refuseExposure } from '../../platform/auth/index.ts';
import { readSettings, type Settings, SettingsError } from '../../platform/config.ts';
import { UsageError } from '../../platform/topics/arguments.ts';
import { EXIT, type Surroundings } from '../command.ts';
import { doctorSpec } from '../specs.ts';
import { helpOf, readWords } from '../words.ts';
import { type Check, checkText, failure, ok } from './check.ts';
import { checkDirectory } from './directory.ts';
import { checkJobStore } from './jobs.ts';
import { checkLog } from './log.ts';
import { checkBun, checkDocker, checkOpenFiles, openFilesLimit } from './machine.ts';
import { checkPort, portsOf } from './ports.ts';
import { checkRunning } from './running.ts';

/** Carries out `doctor`. */
export async function doctor(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readWords(doctorSpec, words);
  if (given === null) {
    surroundings.out(helpOf(doctorSpec));
    return EXIT.done;
  }
  const { chosen, unknown } = chosenServices(given.words);
  if (unknown.length > 0)
    throw new UsageError(
      `There is no service "${unknown.join('", "')}": requite services --help lists them.`,
    );
  const json = given.values.json === true;
  const checks: Check[] = [];
  for (const looking of looks(surroundings, chosen)) {
    for (const found of await looking) {
      const check = { ...found, fix: found.fix && surroundings.advice(found.fix) };
      checks.push(check);
      if (!json) surroundings.out(`${checkText(check)}\n`);
    }
  }
  const failed = checks.filter(({ state }) => state === 'failure').length;
  if (json) surroundings.out(`${JSON.stringify({ ok: failed === 0, checks }, null, 2)}\n`);
  else surroundings.out(failed === 0 ? '\nAll is well.\n' : `\n${failed} to mend.\n`);
  return failed === 0 ? EXIT.done : EXIT.failed;
}

/** All that is looked at, at once; told in this order. */
function looks(
  surroundings: Surroundings,
  services: readonly string[],
): readonly Promise<readonly Check[]>[] {
  const settings = settingsOf(surroundings.environment);
  const machine = [checkRuntime(), checkDocker().then((check) => [check])];
  if ('state' in settings) return [...machine, Promise.resolve([settings])];
  return [
    ...machine,
    Promise.resolve([ok('settings', 'can be used')]),
    ...directoriesOf(settings).map(([name, directory, variable]) =>
      checkDirectory(name, directory, variable),
    ),
    ...portsOf(settings, services).map((port) => checkPort(port, settings.host)),
    checkLog(settings),
    checkJobStore(settings),
    checkRunning(settings),
  ];
}

async function checkRuntime(): Promise<readonly Check[]> {
  const file = Bun.file(new URL('../../../package.json', import.meta.url));
  const { engines } = (await file.json()) as { readonly engines: { readonly bun: string } };
  return [checkBun(Bun.version, engines.bun), checkOpenFiles(openFilesLimit())];
}

function directoriesOf({ dataDir, billsDir }: Settings): readonly (readonly [string, string, string])[] {
  const data = ['data directory', dataDir, 'DATA_DIR'] as const;
  return billsDir.startsWith(`${dataDir}/`) ? [data] : [data, ['bills', billsDir, 'BILLS_DIR']];
}

function settingsOf(environment: Surroundings['environment']): Settings | Check {
  try {
    const settings = readSettings(environment, false);
    refuseExposure(settings);
    return settings;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return failure('settings', error.message, 'bun run services --help tells what each takes.');
  }
}
