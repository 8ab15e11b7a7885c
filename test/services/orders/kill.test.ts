import { afterEach, describe, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Service } from '../../../services/platform/service.ts';
import { describeWithBroker } from '../../broker/index.ts';
import { until } from '../../support/until.ts';
import {
  idsOnAllPartitions,
  OrdersBench,
  onEmbedded,
  onKafka,
  type Place,
  post,
  publishVerdict,
  request,
  send,
  statesOf,
} from './support.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

/** An instance in a process of its own. */
interface Instance {
  readonly url: string;
  /** kill -9; resolves when it is gone. */
  readonly kill: () => Promise<void>;
}

async function spawnInstance(place: Place): Promise<Instance> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dir, 'fixtures', 'instance.ts')], {
    env: { PATH: process.env.PATH ?? '', PLACE: JSON.stringify(place) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  undo.push(kill);
  let written = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    written += String(chunk);
  });
  const url = await until('the process to be ready', () => {
    if (child.exitCode !== null) throw new Error(`the process ended with ${child.exitCode}`);
    return written.endsWith('\n') && written.trim();
  });
  return { url, kill };
}

async function knowEachOther(service: Service): Promise<void> {
  await until('the instances to know each other', async () => {
    const { body } = await send(service, 'GET', '/v1/instances');
    return body.instances.length === 2;
  });
}

async function ownedBy(service: Service, url: string, ids: readonly string[]): Promise<string[]> {
  const owned = await Promise.all(
    ids.map(
      async (id) => (await send(service, 'GET', `/v1/orders/${id}`)).headers.get('requite-served-by') === url,
    ),
  );
  return ids.filter((_, at) => owned[at]);
}

function suite(makePlace: () => Promise<Place>): void {
  test('kill -9 of an instance with readers waiting on it: who asked at the survivor gets his answer in time', async () => {
    const bench = await OrdersBench.make(makePlace);
    undo.push(() => bench.close());
    const survivor = await bench.start();
    const victim = await spawnInstance(bench.place);
    await knowEachOther(survivor);
    const ids = idsOnAllPartitions('killed', 3);
    await Promise.all(ids.map(async (id) => expect((await post(survivor, request(id))).status).toBe(201)));
    const lost = await until('the other to have caught up, and to answer for some', async () => {
      const owned = await ownedBy(survivor, victim.url, ids);
      return owned.length > 0 && owned;
    });
    const readers = ids.flatMap((id) =>
      Array.from({ length: 5 }, () => send(survivor, 'GET', `/v1/orders/${id}/validated?timeout=60000`)),
    );
    // they wait on it: a read that is forwarded is under way
    const late = await send(survivor, 'GET', `/v1/orders/${lost[0]}/validated?timeout=200`);
    expect(late.status).toBe(504);
    await victim.kill();
    for (const id of ids) await publishVerdict(bench.backing.transport, id, 'VALIDATED');
    for (const { status, body, headers } of await Promise.all(readers)) {
      expect([status, body.state]).toEqual([200, 'VALIDATED']);
      expect(headers.get('requite-served-by')).toBe(survivor.url);
    }
    for (const id of ids)
      expect(new Set(await statesOf(bench, id))).toEqual(new Set(['CREATED', 'VALIDATED']));
  }, 120_000);

  test('kill -9 in the middle of posts: every order that is sent again is there once, as it was first', async () => {
    const bench = await OrdersBench.make(makePlace);
    undo.push(() => bench.close());
    const survivor = await bench.start();
    const victim = await spawnInstance(bench.place);
    await knowEachOther(survivor);
    const ids = idsOnAllPartitions('posted', 50);
    const posts = ids.map((id, at) =>
      // the connection breaks with the process: the client does not know
      post(at % 2 === 0 ? victim : survivor, request(id, { quantity: at + 1 })).catch(() => null),
    );
    await Promise.race(posts);
    await victim.kill();
    const first = await Promise.all(posts);
    expect(first.some((reply) => reply?.status !== 201)).toBe(true);
    const again = await until(
      'all to be confirmed',
      async () => {
        const replies = await Promise.all(
          ids.map((id, at) => post(survivor, request(id, { quantity: at + 1 }))),
        );
        return replies.every(({ status }) => status === 201) && replies;
      },
      90_000,
    );
    for (const [at, reply] of first.entries())
      if (reply?.status === 201) expect(again[at]?.body).toEqual(reply.body);
    for (const [at, id] of ids.entries()) {
      const { body } = await send(survivor, 'GET', `/v1/orders/${id}`);
      expect([body.id, body.quantity]).toEqual([id, at + 1]);
    }
  }, 180_000);
}

describe('an Orders instance on the embedded log is killed', () => suite(onEmbedded));
describeWithBroker('an Orders instance on Kafka is killed', () => suite(onKafka));
