import { describe, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A machine with neither Docker nor Java. */
function run(env: Record<string, string>): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['test', join(import.meta.dirname, 'fixtures/suites.ts')],
    {
      env: { PATH: '/nowhere', DOCKER_HOST: 'unix:///nowhere', KAFKA_JARS_DIR: '/nowhere', ...env },
      encoding: 'utf8',
    },
  );
  return { status, said: stdout + stderr };
}
const count = (said: string, what: string): number => said.split(what).length - 1;

describe('where there is no broker', () => {
  test('suites are skipped, with the reason in their names, and that is said loudly once a reason', () => {
    const { status, said } = run({});
    expect(status).toBe(0);
    expect(said).toContain('4 skip');
    expect(said).toContain('sharing (skipped: no broker here: set BROKERS');
    expect(count(said, '*** LEFT OUT')).toBe(2);
  });

  test('suites fail in CI', () => {
    const { status, said } = run({ CI: 'true' });
    expect(status).toBe(1);
    expect(said).toContain('3 fail');
    expect(said).toContain('0 pass');
  });

  test('a broker that is given is enough for those that share one', () => {
    const { said } = run({ BROKERS: 'localhost:9092' });
    expect(said).toContain('3 pass');
    expect(said).toContain('1 skip');
  });
});
