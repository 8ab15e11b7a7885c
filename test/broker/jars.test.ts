import { afterAll, describe, expect, test } from 'bun:test';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaVersion } from './jars.ts';

const here = mkdtempSync(join(tmpdir(), 'requite-jars-'));
afterAll(() => rmSync(here, { recursive: true }));

/** A Maven that does what this script says, in the folder where it is called. */
function machine(
  name: string,
  script: string,
): { directory: string; get: () => Promise<{ stdout: string }> } {
  const bin = join(here, name, 'bin');
  const directory = join(here, name, 'cache', 'jars');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'mvn'), `#!/bin/sh\necho call >> ${here}/${name}/calls\n${script}\n`);
  chmodSync(join(bin, 'mvn'), 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, KAFKA_JARS_DIR: directory };
  const get = (): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, 'fixtures/jars.ts')], { env });
  return { directory, get };
}
const jar = `kafka_2.13-${kafkaVersion}.jar`;

describe('the jars', () => {
  test('are downloaded once by processes that start at once, and complete', async () => {
    const { directory, get } = machine('two', `touch other.jar; sleep 0.3; touch ${jar}`);
    const [one, two] = await Promise.all([get(), get()]);
    expect([one.stdout, two.stdout]).toEqual([`${directory}\n`, `${directory}\n`]);
    expect(readFileSync(join(here, 'two', 'calls'), 'utf8')).toBe('call\n');
    expect(readdirSync(directory).sort()).toEqual([jar, 'other.jar', 'pom.xml']);
    expect(readdirSync(join(directory, '..'))).toEqual(['jars']);
  });

  test('leave nothing behind when Maven fails, and say what to do', async () => {
    const { directory, get } = machine('failing', `touch ${jar}; echo no such mirror; exit 1`);
    await expect(get()).rejects.toThrow(/KAFKA_JARS_DIR[\s\S]*no such mirror/);
    expect(readdirSync(join(directory, '..'))).toEqual([]);
  });

  test('are downloaded although a process died while it did that', async () => {
    const { directory, get } = machine('died', `touch ${jar}`);
    const { pid } = Bun.spawnSync(['true']);
    mkdirSync(`${directory}.building-${pid}`, { recursive: true });
    writeFileSync(`${directory}.lock`, String(pid));
    utimesSync(`${directory}.lock`, 0, 0);
    await get();
    expect(readdirSync(join(directory, '..'))).toEqual(['jars']);
  });
});
