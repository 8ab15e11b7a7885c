/** Apache Kafka's jars, from Maven Central or the mirror that Maven's own settings name. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { onlyOne } from './only-one.ts';
import { isAlive } from './workspace.ts';

export const kafkaVersion = '4.1.0';

/** The binding for SLF4J is what lets the broker say why it doesn't start. */
const artifacts = [
  `org.apache.kafka:kafka_2.13:${kafkaVersion}`,
  'org.apache.logging.log4j:log4j-slf4j-impl:2.24.3',
];
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/** Where the jars are, or will be: the folder that KAFKA_JARS_DIR names, else one of the repository's ignored `.tmp/`. */
function jarsDirectory(): string {
  const given = process.env.KAFKA_JARS_DIR ?? '';
  if (given !== '') return resolve(given);
  return resolve(import.meta.dirname, '../../.tmp', `kafka-${kafkaVersion}`);
}

export function haveJars(): boolean {
  return existsSync(join(jarsDirectory(), `kafka_2.13-${kafkaVersion}.jar`));
}

/**
 * The folder with the jars, downloaded where they are missing (about 45 MB). Of processes that start at once one
 * downloads; a folder is either complete or not there. Throws with Maven's output when it fails.
 */
export async function kafkaJars(): Promise<string> {
  const directory = jarsDirectory();
  if (haveJars()) return directory;
  mkdirSync(dirname(directory), { recursive: true });
  await onlyOne(`${directory}.lock`, haveJars, () => download(directory));
  return directory;
}

async function download(directory: string): Promise<void> {
  const started = `${directory}.building-`;
  for (const name of readdirSync(dirname(directory))) {
    const left = join(dirname(directory), name);
    if (left.startsWith(started) && !isAlive(Number(left.slice(started.length))))
      rmSync(left, { recursive: true, force: true });
  }
  console.error(
    `Downloading Apache Kafka ${kafkaVersion} with Maven into ${directory} (about 45 MB, once) …`,
  );
  const building = `${started}${process.pid}`;
  mkdirSync(building, { recursive: true });
  writeFileSync(join(building, 'pom.xml'), pom());
  try {
    await promisify(execFile)(
      'mvn',
      ['--batch-mode', '--quiet', plugin, '-DincludeScope=runtime', '-DoutputDirectory=.'],
      { cwd: building },
    );
    // Empty, or of another version's making: either way it has no jar that we need.
    if (existsSync(directory) && !haveJars() && readdirSync(directory).length === 0)
      rmSync(directory, { recursive: true });
    renameSync(building, directory);
  } catch (error) {
    if (haveJars()) return;
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(
      `Maven could not fetch Apache Kafka into ${directory}; name a broker (BROKERS), or a folder that has its jars (KAFKA_JARS_DIR)\n${stdout}${stderr}`,
      { cause: error },
    );
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

function pom(): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>requite</groupId><artifactId>broker-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependencies.join('\n')}
</dependencies>
</project>
`;
}
