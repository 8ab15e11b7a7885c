/** How Java is called: on which jars, and with their classes already parsed. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onlyOne } from './only-one.ts';

/** What a `java` that runs Kafka's classes begins with. */
export interface Java {
  readonly classPath: string;
  readonly options: readonly string[];
}

/** Version and major version of the `java` on the PATH; null where there is none. macOS has one that only says where to get it. */
export function javaVersion(): { readonly full: string; readonly major: number } | null {
  const java = Bun.which('java');
  if (java === null) return null;
  const { stderr, status } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  const [, full, major] = /version "((\d+)[^"]*)"/.exec(stderr) ?? [];
  return status === 0 && full !== undefined ? { full, major: Number(major) } : null;
}

/** In one order always: an archive of classes is good only for the class path that it was made with. */
export function classPath(jars: string): string {
  const names = readdirSync(jars).filter((name) => name.endsWith('.jar'));
  return names
    .sort()
    .map((name) => join(jars, name))
    .join(delimiter);
}

let archive: Promise<readonly string[]> | null = null;

/**
 * Java's options to take Kafka's classes from an archive beside the jars, which more than halves what a start costs.
 * `train` runs a broker once that writes the archive as it ends (about 10 s, the first time on a machine). Where that
 * doesn't work there are no options, and brokers start all the same.
 */
export function classArchive(
  jars: string,
  train: (options: readonly string[]) => Promise<void>,
): Promise<readonly string[]> {
  archive ??= makeArchive(jars, train);
  return archive;
}

async function makeArchive(
  jars: string,
  train: (options: readonly string[]) => Promise<void>,
): Promise<readonly string[]> {
  const file = join(jars, `classes-java-${javaVersion()?.full ?? 'unknown'}.jsa`);
  const making = `${file}.${process.pid}`;
  try {
    if (!existsSync(file)) accessSync(jars, constants.W_OK);
    await onlyOne(
      `${file}.lock`,
      () => existsSync(file),
      async () => {
        console.error('Preparing Apache Kafka to start quickly (about 10 s, once) …');
        await train([`-XX:ArchiveClassesAtExit=${making}`]);
        renameSync(making, file);
      },
    );
    return [`-XX:SharedArchiveFile=${file}`];
  } catch (error) {
    rmSync(making, { force: true });
    console.error(`Brokers start slowly here: no archive of classes in ${jars}: ${error}`);
    return [];
  }
}
