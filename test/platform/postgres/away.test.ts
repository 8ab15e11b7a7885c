import { afterEach, describe, expect, test } from 'bun:test';
import { createServer, type Server, type Socket } from 'node:net';
import { job } from '../../contracts/job-store.ts';
import { describeWith } from '../../postgres/describe.ts';
import { administer, ownPostgres } from '../../postgres/index.ts';
import { until } from '../../support/until.ts';
import { changes, refusal, Stores, succeeds } from './support.ts';

// The database may be away at start and at any time later: calls say so within their time limits, and work once it is
// back, without anybody's help.

const stores = new Stores();
afterEach(() => stores.close());

describeWith(
  'a PostgreSQL that comes and goes',
  await ownPostgres(),
  (server) => server.close(),
  (server) => {
    const place = new URL(server.url).host;

    test('away at first use, and there later: the same store goes on', async () => {
      await server.stop();
      const store = stores.open(server.url);
      const error = await refusal(store.save(changes(job('first'))));
      expect(error).toMatchObject({ code: 'unavailable', canRetry: true });
      expect(error.message).toContain(`${place}, database "postgres"`);
      expect(error.message).toContain('refuses connections');
      await refusal(store.nextDueMs([0]));
      await server.launch();
      await until('the database to be back', () => succeeds(() => store.save(changes(job('first')))));
      expect((await store.load(['first'])).size).toBe(1);
    });

    test('an orderly shutdown and a start again', async () => {
      const store = stores.open(server.url);
      await store.save(changes(job('orderly')));
      await server.stop();
      await refusal(store.load(['orderly']));
      await server.start();
      expect((await store.load(['orderly'])).size).toBe(1);
    });

    test('a connection that an administrator ends costs one call at most', async () => {
      const store = stores.open(server.url, { maxConnections: 1 });
      for (let round = 0; round < 3; round++) {
        await store.load(['a']);
        await administer(server.url, [
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'requite'`,
        ]);
        if (!(await succeeds(() => store.load(['a'])))) await store.load(['a']);
      }
    });

    test('a statement that is cut off in the middle is unavailable, and the next one works', async () => {
      const store = stores.open(server.url);
      await store.save(changes(job('cut off')));
      const release = await lockTable();
      const cutOff = refusal(store.save(changes(job('cut off', { revision: 2 }))));
      await until('the save to wait', waits);
      await administer(server.url, [
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
      ]);
      expect(await cutOff).toMatchObject({ code: 'unavailable', canRetry: true });
      await release();
      expect(await store.save(changes(job('cut off', { revision: 2 })))).toEqual([]);
    });

    test('a statement that is held up gives up in time, and says where to look', async () => {
      const store = stores.open(server.url, { statementTimeoutMs: 300 });
      await store.load(['a']);
      const release = await lockTable();
      const error = await refusal(store.load(['a']));
      expect(error.message).toContain('statement timeout');
      expect(error.message).toContain('pg_stat_activity');
      await release();
      expect((await store.load(['a'])).size).toBe(0);
    });

    test('a server that answers no more: calls give up, closing too, and it works once it answers', async () => {
      const options = { connectTimeoutMs: 300, statementTimeoutMs: 300 };
      const [patient, leaving] = [stores.open(server.url, options), stores.open(server.url, options)];
      await patient.load(['a']);
      await leaving.load(['a']);
      server.freeze();
      try {
        const begun = performance.now();
        expect((await refusal(patient.load(['a']))).message).toContain('does not answer');
        expect((await refusal(patient.load(['a']))).message).toContain('does not answer');
        await leaving.close();
        expect(performance.now() - begun).toBeLessThan(20_000);
      } finally {
        server.thaw();
      }
      await until('it to answer again', () => succeeds(() => patient.load(['a'])));
    });

    test('closing lets a save in hand end', async () => {
      const store = stores.open(server.url);
      await store.load(['a']);
      const release = await lockTable();
      const saved = store.save(changes(job('in hand')));
      await until('the save to wait', waits);
      const closed = store.close();
      await release();
      expect(await saved).toEqual([]);
      await closed;
      expect((await stores.open(server.url).load(['in hand'])).size).toBe(1);
    });

    const waits = async (): Promise<boolean> => {
      const query = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'requite'`;
      return (await administer(server.url, [query])).length > 0;
    };

    /** Nobody else reads or writes jobs until the lock is released. */
    async function lockTable(): Promise<() => Promise<void>> {
      const marker = `requite-test-${Math.random()}`;
      const held = administer(server.url, [
        `SET application_name = '${marker}'`,
        'BEGIN; LOCK TABLE requite_jobs; SELECT pg_sleep(60)',
      ]).catch((error: unknown) => error); // Ending it is how it is released.
      await until('the lock', async () => {
        const query = `SELECT pid FROM pg_stat_activity WHERE application_name = '${marker}' AND wait_event = 'PgSleep'`;
        return (await administer(server.url, [query])).length > 0;
      });
      return async () => {
        await administer(server.url, [
          `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = '${marker}'`,
        ]);
        await held;
      };
    }
  },
);

describe('something else at the address', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const each of servers.splice(0)) await new Promise((closed) => each.close(closed));
  });

  /** A server that does so with each connection; its address as a database's. */
  async function serve(accept: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => {})); // The other side may break it off: that is what is tested.
      accept(socket);
    });
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const bound = server.address();
    return `postgres://u:p@127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}/jobs`;
  }

  test('a proxy that closes what it accepts is not stormed', async () => {
    let accepted = 0;
    const url = await serve((socket) => {
      accepted++;
      socket.end();
    });
    const store = stores.open(url);
    for (let call = 1; call <= 3; call++) {
      expect((await refusal(store.load(['a']))).message).toContain('closed before a session begins');
      expect(accepted).toBeLessThanOrEqual(4 * call);
    }
  });

  test('a server that says nothing is given up in time', async () => {
    const store = stores.open(await serve(() => {}), { connectTimeoutMs: 200 });
    expect((await refusal(store.load(['a']))).message).toContain('does not answer');
  });

  test('a server of another kind is named by its address, and tried again', async () => {
    const store = stores.open(await serve((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')), {
      connectTimeoutMs: 200,
    });
    expect((await refusal(store.load(['a']))).message).toContain('closed before a session begins');
  });

  test('a host that is not known is named', async () => {
    const store = stores.open('postgres://u:p@no-such-host.invalid/jobs');
    const { message } = await refusal(store.load(['a']));
    expect(message).toContain('no-such-host.invalid:5432, database "jobs"');
    expect(message).toContain('host name');
  });
});
