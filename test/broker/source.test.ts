import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaVersion } from './jars.ts';

/** What a process of this environment decides; it has neither Java nor jars. */
async function sourceWith(env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, 'fixtures/source.ts')],
    { env: { PATH: '/nowhere', KAFKA_JARS_DIR: '/nowhere', ...env } },
  );
  return stdout.trim();
}

describe('where a broker comes from', () => {
  const directory = mkdtempSync(join(tmpdir(), 'requite-docker-'));
  const socket = join(directory, 'docker.sock');
  let daemon: Server;
  beforeAll(async () => {
    daemon = createServer(({ url }, response) => response.writeHead(url === '/_ping' ? 200 : 404).end('OK'));
    daemon.listen(socket);
    await once(daemon, 'listening');
  });
  afterAll(() => {
    daemon.close();
    rmSync(directory, { recursive: true });
  });

  test('the one that the environment names comes first', async () => {
    const env = { BROKERS: 'localhost:9092', DOCKER_HOST: `unix://${socket}` };
    expect(await sourceWith(env)).toBe('given');
  });

  test('a Docker daemon that answers comes next', async () => {
    expect(await sourceWith({ DOCKER_HOST: `unix://${socket}` })).toBe('redpanda');
  });

  test('a Docker daemon that is not there is not waited for', async () => {
    expect(await sourceWith({ DOCKER_HOST: `unix://${join(directory, 'other.sock')}` })).toBe('none');
    expect(await sourceWith({ DOCKER_HOST: 'tcp://127.0.0.1:1' })).toBe('none');
  });

  test.each([
    ['Java 17 and Maven', 'kafka', { java: '17.0.15', maven: true }],
    ['Java 17 and jars', 'kafka', { java: '17.0.15', jars: true }],
    ['Java 17 alone', 'none', { java: '17.0.15' }],
    ['Java 11 and Maven', 'none', { java: '11.0.2', maven: true }],
    ['Maven alone', 'none', { maven: true }],
  ])('without Docker, %s comes to: %s', async (_what, expected, has: Machine) => {
    expect(await sourceWith(machine(directory, has))).toBe(expected);
  });
});

interface Machine {
  readonly java?: string;
  readonly maven?: boolean;
  readonly jars?: boolean;
}

/** The environment of a machine with only so much, made in a new folder of this one. */
function machine(directory: string, { java, maven, jars }: Machine): Record<string, string> {
  const home = mkdtempSync(join(directory, 'machine-'));
  const program = (name: string, script: string): void =>
    writeFileSync(join(home, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  if (java !== undefined) program('java', `echo 'openjdk version "${java}" 2026-01-20' >&2`);
  if (maven === true) program('mvn', 'exit 1');
  if (jars === true) writeFileSync(join(home, `kafka_2.13-${kafkaVersion}.jar`), '');
  return { PATH: home, KAFKA_JARS_DIR: home, DOCKER_HOST: 'unix:///nowhere' };
}
