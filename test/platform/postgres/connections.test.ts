import { afterEach, expect, test } from 'bun:test';
import { job } from '../../contracts/job-store.ts';
import { describeWith } from '../../postgres/describe.ts';
import { ownPostgres } from '../../postgres/index.ts';
import { until } from '../../support/until.ts';
import { Relay } from './relay.ts';
import { changes, refusal, Stores, succeeds } from './support.ts';

const stores = new Stores();
const relays: Relay[] = [];
afterEach(async () => {
  await stores.close();
  await Promise.all(relays.splice(0).map((each) => each.close()));
});

describeWith(
  'connections to a PostgreSQL',
  await ownPostgres(),
  (server) => server.close(),
  (server) => {
    async function relay(): Promise<Relay> {
      const opened = await Relay.to(server.url);
      relays.push(opened);
      return opened;
    }

    async function saveThrice(url: string): Promise<void> {
      const store = stores.open(url, { maxConnections: 1 });
      const id = crypto.randomUUID();
      for (let revision = 1; revision <= 3; revision++) {
        expect(await store.save(changes(job(id, { revision })))).toEqual([]);
      }
    }

    test('prepare each statement once, with limits to what the server may take', async () => {
      const between = await relay();
      await saveThrice(between.url);
      const [only, ...others] = between.said();
      expect(others).toEqual([]);
      expect(only?.settings).toMatchObject({ application_name: 'requite', statement_timeout: '10000' });
      expect(only?.statements.length).toBe(2); // Is the table there; save.
      expect(only?.statements).not.toContain('');
    });

    test('behind a pooler (prepare=false): nothing is prepared, and no session set up', async () => {
      const between = await relay();
      await saveThrice(`${between.url}?prepare=false`);
      const [only] = between.said();
      expect(Object.keys(only?.settings ?? {}).sort()).toEqual([
        'application_name',
        'client_encoding',
        'database',
        'user',
      ]);
      expect(only?.statements).toEqual(['', '', '', '']);
    });

    test('take what the URL says of the session before what is ours', async () => {
      const between = await relay();
      await saveThrice(`${between.url}?application_name=mine&statement_timeout=1234`);
      expect(between.said()[0]?.settings).toMatchObject({
        application_name: 'mine',
        statement_timeout: '1234',
      });
    });

    test('are as many as are allowed, and no more', async () => {
      const between = await relay();
      const store = stores.open(between.url, { maxConnections: 3 });
      const saves = Array.from({ length: 30 }, (_, n) => store.save(changes(job(`many-${n}`))));
      expect((await Promise.all(saves)).flat()).toEqual([]);
      expect(between.said().length).toBe(3);
    });

    test('are none before the first call', async () => {
      const between = await relay();
      const store = stores.open(between.url);
      await store.close();
      expect(between.said()).toEqual([]);
    });

    test('that break before the answer to a save leave its outcome open; saved again, it is a conflict', async () => {
      const between = await relay();
      const [store, onlooker] = [stores.open(between.url), stores.open(server.url)];
      await store.save(changes(job('a'), job('b')));
      between.mute();
      const next = changes(
        job('a', { revision: 2, input: 'first' }),
        job('b', { revision: 2, input: 'first' }),
      );
      const outcome = refusal(store.save(next));
      await until('the server to have saved it', async () => {
        return (await onlooker.load(['a'])).get('a')?.revision === 2;
      });
      between.cut();
      expect(await outcome).toMatchObject({ code: 'unavailable', canRetry: true });
      expect(await store.save(changes(job('a', { revision: 2, input: 'second' })))).toEqual(['a']);
      expect((await store.load(['a', 'b'])).get('a')).toMatchObject({ revision: 2, input: 'first' });
    });

    test('are encrypted where the URL asks for it; a stranger with a certificate of his own is refused', async () => {
      await server.encrypt();
      const url = server.url.replace('127.0.0.1', 'localhost');
      const encrypted = stores.open(`${url}?sslmode=require`);
      await until('the server to have read its settings', () => succeeds(() => encrypted.load(['a'])));
      const begun = performance.now();
      await encrypted.close();
      expect(performance.now() - begun).toBeLessThan(5_000);
      const error = await refusal(stores.open(`${url}?sslmode=verify-full`).load(['a']));
      expect(error.message).toContain('certificate is not trusted');
      expect(error.message).toContain('NODE_EXTRA_CA_CERTS');
    });
  },
);
