import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { checkDirectory } from '../../../services/cli/doctor/directory.ts';
import { checkBun, checkOpenFiles } from '../../../services/cli/doctor/machine.ts';
import { smallDisk } from '../../faults/small-disk.ts';
import { until } from '../../support/until.ts';
import { Lab } from './lab.ts';

interface Told {
  readonly ok: boolean;
  readonly checks: readonly { name: string; state: string; detail: string; fix: string | null }[];
}

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.make();
});
afterEach(() => lab.close());

const told = async (
  env: Readonly<Record<string, string>> = {},
): Promise<Told & { readonly status: number }> => {
  const { status, out, err } = await lab.requite(['doctor', '--json'], env);
  expect(err).toBe('');
  return { status, ...(JSON.parse(out) as Told) };
};
const failures = ({ checks }: Told): readonly string[] =>
  checks.filter(({ state }) => state === 'failure').map(({ name }) => name);

test('where nothing is wrong, it says so, and leaves nothing behind', async () => {
  const found = await told();
  expect(failures(found)).toEqual([]);
  expect([found.status, found.ok]).toEqual([0, true]);
  expect([...new Bun.Glob('**').scanSync({ cwd: lab.directory, dot: true })]).toEqual([]);
  const { status, out } = await lab.requite(['doctor']);
  expect([status, out]).toEqual([0, expect.stringContaining('All is well.')]);
  expect(out).toMatch(/^✓ Bun: /);
});

test('a port that somebody has is named, with what to do', async () => {
  const server = createServer((socket) => socket.end('SSH-2.0-nobody\r\n'));
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
    }),
  );
  try {
    const found = await told({ CRM_PORT: String(port) });
    expect([found.status, failures(found)]).toEqual([1, [`port ${port} (crm)`]]);
    expect(found.checks.find(({ state }) => state === 'failure')?.fix).toContain('CRM_PORT');
  } finally {
    server.close();
  }
});

test('a broker that is away is named; what depends on it is not a second failure', async () => {
  const found = await told({ BROKERS: '127.0.0.1:1', KAFKA_REQUEST_TIMEOUT_MS: '1000' });
  expect([found.status, failures(found)]).toEqual([1, ['broker 127.0.0.1:1']]);
}, 60_000);

test('settings that can not be used are one failure, and nothing is made of them', async () => {
  const found = await told({ PARTITIONS: 'many' });
  expect([found.status, failures(found)]).toEqual([1, ['settings']]);
  const exposed = await told({ HOST: '0.0.0.0' });
  expect(exposed.checks.at(-1)?.detail).toContain('OIDC_ISSUER');
});

test('a database that is away is named without its password', async () => {
  const found = await told({
    BROKERS: '127.0.0.1:1',
    KAFKA_REQUEST_TIMEOUT_MS: '1000',
    POSTGRES_URL: 'postgres://me:secret@127.0.0.1:1/jobs',
  });
  expect(failures(found)).toEqual(['broker 127.0.0.1:1', 'jobs']);
  expect(JSON.stringify(found)).not.toContain('secret');
}, 60_000);

test('services that run are told, and so are those that are not ready', async () => {
  await lab.start('crm', ['crm']);
  // the registry hears with the next heartbeat that it is ready
  const found = await until('nothing to be wrong', async () => {
    const each = await told();
    return each.status === 0 && each;
  });
  expect(failures(found)).toEqual([]);
  const port = found.checks.find(({ name }) => name === `port ${lab.env.CRM_PORT} (crm)`);
  expect(port?.detail).toBe('a service of ours runs there, and is ready');
  expect(found.checks.find(({ name }) => name === `crm at ${lab.crmUrl}`)?.detail).toMatch(
    /^ready, version [\d.]+, pid \d+$/,
  );
}, 120_000);

test('an unknown service is a mistake of the command line', async () => {
  expect(await lab.requite(['doctor', 'lottery'])).toMatchObject({ status: 2, out: '' });
});

describe('a directory', () => {
  const states = async (directory: string): Promise<readonly string[]> =>
    (await checkDirectory('data', directory, 'DATA_DIR')).map(({ name, state }) => `${name}: ${state}`);

  test('that is not there yet is looked for where it would be made', async () => {
    const [first] = await checkDirectory('data', lab.file('not/yet'), 'DATA_DIR');
    expect(first).toMatchObject({
      state: 'ok',
      detail: `${lab.file('not/yet')}, to be made in ${lab.directory} can be written to`,
    });
  });

  test('that is a file, or below one, is refused', async () => {
    writeFileSync(lab.file('taken'), '');
    expect(await states(lab.file('taken'))).toEqual(['data: failure']);
    expect(await states(lab.file('taken/below'))).toEqual(['data: failure']);
  });

  test('that nobody may write to is refused', async () => {
    // not even root makes files in /proc
    expect(await states('/proc/self')).toEqual(['data: failure']);
  });

  test('on a disk that is full is refused, and is well again once there is room', async () => {
    const disk = smallDisk(2);
    try {
      const directory = `${disk.directory}/data`;
      mkdirSync(directory);
      if (disk.isApart) {
        disk.fill();
        const [full] = await checkDirectory('data', directory, 'DATA_DIR');
        expect(full).toMatchObject({ state: 'failure', fix: expect.stringContaining('Make room') });
        disk.free();
      }
      // two megabytes are writable, and not enough
      const found = await states(directory);
      expect(found[0]).toBe('data: ok');
      if (disk.isApart) expect(found[1]).toBe('data, room: failure');
    } finally {
      disk.remove();
    }
  });
});

test('an old Bun and a low limit of open files are told', () => {
  expect(checkBun('1.4.3', '>=1.4.4').state).toBe('failure');
  expect(checkBun('1.4.4', '>=1.4.4').state).toBe('ok');
  expect(checkBun('1.10.0', '>=1.4.4').state).toBe('ok');
  expect(
    [100, 512, 8192, Number.POSITIVE_INFINITY, null].map((limit) => checkOpenFiles(limit).state),
  ).toEqual(['failure', 'warning', 'ok', 'ok', 'warning']);
});
