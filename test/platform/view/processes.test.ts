import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partitionFor } from '../../../core/mod.ts';
import { openEmbedded } from '../../../services/platform/transport/embedded/open.ts';
import type { InstanceStanding } from '../../../services/platform/view/index.ts';
import { until } from '../../support/until.ts';
import { type Asked, keys, PARTITIONS, Spread } from './spread.ts';

const WAIT_MS = 30_000;
const clearing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clear of clearing.splice(0).reverse()) await clear();
});

interface Process {
  readonly url: string;
  readonly file: string;
  end(signal: NodeJS.Signals): Promise<number>;
}

async function start(directory: string, file: string): Promise<Process> {
  const script = join(import.meta.dir, 'fixtures', 'instance.ts');
  const child = Bun.spawn([process.execPath, script, directory, file], { stdout: 'pipe', stderr: 'inherit' });
  const end = async (signal: NodeJS.Signals): Promise<number> => {
    child.kill(signal);
    return child.exited;
  };
  clearing.push(() => end('SIGKILL'));
  const lines = child.stdout.getReader();
  const { value } = await lines.read();
  return { url: new TextDecoder().decode(value).trim(), file, end };
}

interface Standing {
  readonly readiness: string;
  readonly instances: InstanceStanding[];
  /** Requests of other instances that waited for their key here. */
  readonly waitedOn: number;
}

async function standing({ url }: Process): Promise<Standing> {
  const response = await fetch(`${url}/instances`);
  return (await response.json()) as Standing;
}

async function get({ url }: Process, key: string): Promise<Asked> {
  const response = await fetch(`${url}/things/${key}?timeout=${WAIT_MS}`);
  const { status, headers } = response;
  return { status, value: await response.json(), servedBy: headers.get('x-served-by') };
}

const settled = (processes: readonly Process[]): Promise<true> =>
  until('the processes to know each other', async () => {
    const all = await Promise.all(processes.map(standing));
    return all.every(
      ({ readiness, instances }) => readiness === 'running' && instances.length === processes.length,
    );
  });

async function begin(): Promise<{ spread: Spread; processes: Process[]; directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'requite-spread-log-'));
  const embedded = openEmbedded(directory);
  clearing.push(() => embedded.close());
  const spread = await Spread.make(embedded.transport);
  const files = [0, 1, 2].map((at) => join(spread.directory, `${at}.db`));
  const processes = await Promise.all(files.map((file) => start(directory, file)));
  await settled(processes);
  return { spread, processes, directory };
}

test('a process is killed with -9 while others read from it: its standby answers them', async () => {
  const { spread, processes } = await begin();
  const all = keys(30);
  await spread.publish(all.map((key) => [key, 'x']));
  for (const each of processes) for (const key of all) expect((await get(each, key)).value).toBe('x');
  const [, , third] = processes;
  if (third === undefined) throw new Error('no third');
  const of = new Map(
    await Promise.all(all.map(async (key) => [key, (await get(third, key)).servedBy] as const)),
  );
  const [dead, ...others] = processes as [Process, Process, Process];
  const lost = all.filter((key) => of.get(key) === dead.url);
  expect(lost.length).toBeGreaterThan(0);
  const missing = keys(2_000).slice(30);
  const partition = (key: string): number => partitionFor(key, PARTITIONS);
  /** For each of its keys another that is not there yet, on the same partition. */
  const late = new Map(
    lost.map((key) => [key, missing.find((each) => partition(each) === partition(key)) ?? '']),
  );
  const before = (await standing(dead)).waitedOn;
  const waiting = others.flatMap((each) => lost.map((key) => get(each, late.get(key) ?? '')));
  await until(
    'the readers to come to it',
    async () => (await standing(dead)).waitedOn - before === waiting.length,
  );
  await dead.end('SIGKILL');
  await spread.publish(lost.map((key) => [late.get(key) ?? '', 'y']));
  for (const { status, value } of await Promise.all(waiting)) expect([status, value]).toEqual([200, 'y']);
  for (const each of others) {
    for (const key of lost) {
      const { value, servedBy } = await get(each, key);
      expect([value, servedBy === dead.url]).toEqual(['x', false]);
    }
  }
  await settled(others);
}, 60_000);

test('a process ends cleanly with readers waiting on it, and comes back to what it had', async () => {
  const { spread, processes, directory } = await begin();
  const [first, ...others] = processes as [Process, Process, Process];
  const before = (await standing(others[0])).instances.find(({ url }) => url === first.url);
  const waiting = keys(30).map((key) => get(others[0], key));
  expect(await first.end('SIGTERM')).toBe(0);
  await settled(others);
  await spread.publish(keys(30).map((key) => [key, 'late']));
  for (const { status, value } of await Promise.all(waiting)) expect([status, value]).toEqual([200, 'late']);
  const again = await start(directory, first.file);
  await settled([again, ...others]);
  const after = (await standing(again)).instances.find(({ url }) => url === again.url);
  expect(after).toEqual({ instanceId: '', owned: [], standby: [], ...before, url: again.url });
}, 60_000);
