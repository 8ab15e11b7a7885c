import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dir, '../../..');
const directories: string[] = [];
afterEach(() => {
  for (const each of directories.splice(0)) rmSync(each, { recursive: true, force: true });
});

/** Starts the CRM as a process with this environment, until it ends by itself or is up; then ends it. */
async function start(env: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-pins-'));
  directories.push(dataDir);
  const child = Bun.spawn([process.execPath, 'services/main.ts', 'crm'], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', DATA_DIR: dataDir, CRM_PORT: '0', LOG_FORMAT: 'json', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 60_000,
  });
  const errors = new Response(child.stderr).text();
  let output = '';
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += chunk;
    if (output.includes('services are up')) child.kill('SIGTERM');
  }
  return { code: await child.exited, output: `${output}${await errors}` };
}

const wrong: readonly [variable: string, value: string, says: string][] = [
  ['CONFIG_CRM_LOG_LEVEL', 'verbose', "can't be the setting logLevel of crm: give one of inherit, trace"],
  ['CONFIG_CRM_LOGLEVEL', 'debug', 'do you mean CONFIG_CRM_LOG_LEVEL?'],
  ['CONFIG_CMR_LOG_LEVEL', 'debug', 'there is no such service'],
];
for (const [variable, value, says] of wrong) {
  test(`${variable}=${value} is an error at the start, never silently ignored`, async () => {
    const { code, output } = await start({ [variable]: value });
    expect(code).toBe(2);
    expect(output).toContain(variable);
    expect(output).toContain(says);
    expect(output).not.toContain('    at ');
  });
}

test('a pin counts from the first line on, and one for a service that runs elsewhere does no harm', async () => {
  const { code, output } = await start({ CONFIG_CRM_LOG_LEVEL: 'warn', CONFIG_ENGINE_LOG_LEVEL: 'debug' });
  expect(code).toBe(0);
  expect(output).toContain('services are up');
  expect(output).not.toContain('"service":"crm"');
});
