import { describe, expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { isAlive, openWorkspace } from './workspace.ts';

describe('a workspace', () => {
  test('ends with its owner when that is killed with -9: processes and files', async () => {
    const holder = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/holder.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    holder.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until('the holder to hold', () => said.includes('\n'));
    const { directory, pid } = JSON.parse(said) as { directory: string; pid: number };
    await until('its process to be up', () => existsSync(join(directory, 'sleeper.pid')));
    expect(isAlive(pid)).toBe(true);
    holder.kill('SIGKILL');
    await until('its directory to go', () => !existsSync(directory) && !existsSync(`${directory}.ended`));
    await until('its process to go', () => !isAlive(pid));
  });

  test('is gone once removed, with a process that is paused', async () => {
    const workspace = openWorkspace();
    const child = workspace.spawn('sleeper', ['sleep', '600']);
    const pidFile = join(workspace.directory, 'sleeper.pid');
    // the file is there a moment before its number
    await until(
      'the process to be up',
      () => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'),
    );
    child.kill('SIGSTOP');
    await workspace.remove();
    await until('the process to go', () => child.signalCode === 'SIGKILL');
    expect(existsSync(workspace.directory)).toBe(false);
  });
});
