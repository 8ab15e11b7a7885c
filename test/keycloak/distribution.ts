/** Keycloak itself, from Maven Central or the mirror that Maven's own settings name. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { javaVersion } from '../broker/java.ts';
import { onlyOne } from '../broker/only-one.ts';
import { isAlive } from '../broker/workspace.ts';

const version = '26.4.0';
const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:zip`;
const unpack = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack';
/** Decided when it is built: the rest can be told at each start. */
const built = ['--db=dev-file', '--health-enabled=true', '--features-disabled=kerberos'];

/** Where Keycloak is, or will be: the folder that KEYCLOAK_DIR names, else one of the repository's ignored `.tmp/`. */
function directoryOf(): string {
  const given = process.env.KEYCLOAK_DIR ?? '';
  if (given !== '') return resolve(given);
  return resolve(import.meta.dirname, '../../.tmp', `keycloak-${version}`);
}

const isBuilt = (): boolean => existsSync(join(directoryOf(), 'lib/quarkus/generated-bytecode.jar'));

/** Why there can be none here; null where there can. */
export function missingKeycloak(): string | null {
  const canRun = (javaVersion()?.major ?? 0) >= 17;
  return canRun && (isBuilt() || Bun.which('mvn') !== null)
    ? null
    : 'no Keycloak here: install Java 17 and Maven';
}

/**
 * The folder with Keycloak, downloaded (about 160 MB) and built where it is missing. Of processes that start at once
 * one does it; a folder is either complete or not there. Throws with the output of what failed.
 */
export async function keycloakDirectory(): Promise<string> {
  const directory = directoryOf();
  if (isBuilt()) return directory;
  mkdirSync(dirname(directory), { recursive: true });
  await onlyOne(`${directory}.lock`, isBuilt, () => install(directory));
  return directory;
}

async function install(directory: string): Promise<void> {
  const started = `${directory}.building-`;
  for (const name of readdirSync(dirname(directory))) {
    const left = join(dirname(directory), name);
    if (left.startsWith(started) && !isAlive(Number(left.slice(started.length))))
      rmSync(left, { recursive: true, force: true });
  }
  console.error(`Downloading Keycloak ${version} with Maven into ${directory} (about 160 MB, once) …`);
  const building = `${started}${process.pid}`;
  const home = join(building, `keycloak-${version}`);
  mkdirSync(building, { recursive: true });
  try {
    await run(
      'mvn',
      ['--batch-mode', '--quiet', unpack, `-Dartifact=${artifact}`, '-DoutputDirectory=.'],
      building,
    );
    await run('java', [...javaOptions(home), 'build', ...built], home);
    if (isBuilt()) return;
    renameSync(home, directory);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

async function run(command: string, options: readonly string[], cwd: string): Promise<void> {
  try {
    await promisify(execFile)(command, [...options], { cwd });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new Error(`Keycloak could not be installed: ${command} failed\n${stdout}${stderr}`, { cause });
  }
}

/** What its own kc.sh calls Java with, for a start of few seconds rather than for throughput. */
export function javaOptions(home: string): readonly string[] {
  return [
    '-Xms64m',
    '-Xmx384m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...['java.util', 'java.util.concurrent', 'java.security'].map(
      (each) => `--add-opens=java.base/${each}=ALL-UNNAMED`,
    ),
    '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
    '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
    '-Dpicocli.disable.closures=true',
    '-Duser.language=en',
    `-Dkc.home.dir=${home}`,
    `-Djboss.server.config.dir=${join(home, 'conf')}`,
    '-cp',
    join(home, 'lib/quarkus-run.jar'),
    'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
  ];
}

/** A folder for a server's own data that shares the programs. */
export function shareHome(from: string, home: string): void {
  mkdirSync(join(home, 'data/import'), { recursive: true });
  for (const part of ['lib', 'conf', 'providers', 'themes']) symlinkSync(join(from, part), join(home, part));
}
