import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { Processes } from '../support/processes.ts';

const root = resolve(import.meta.dir, '../..');
const directory = mkdtempSync(join(tmpdir(), 'requite-bill-run-'));
const processes = new Processes(directory);
afterAll(async () => {
  await processes.close();
  rmSync(directory, { recursive: true, force: true });
});

test('the example of the client runs on the billing lab, and docs/client.md shows it as it is', async () => {
  const [coordinator = 0, crm = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${coordinator}`;
  const env = {
    DATA_DIR: join(directory, 'data'),
    BILLS_DIR: join(directory, 'bills'),
    COORDINATOR_PORT: String(coordinator),
    CRM_PORT: String(crm),
    OPERATIONS_PORT: '0',
    LOG_LEVEL: 'error',
  };
  await processes.start('lab', { services: [], env, url });
  const example = Bun.spawn([process.execPath, 'examples/bill-run.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', COORDINATOR: url },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err] = await Promise.all([example.stdout.text(), example.stderr.text(), example.exited]);
  expect(err).toBe('');
  expect(out).toContain('3 of 3 bills\n');
  expect(out.match(/^customer [245]: \S+ is completed$/gm)).toHaveLength(3);
  expect(out).toContain('Total');
  const page = readFileSync(resolve(root, 'docs/client.md'), 'utf8');
  expect(page).toContain(readFileSync(resolve(root, 'examples/bill-run.ts'), 'utf8').trim());
}, 300_000);
