import { afterEach, describe, expect, test } from 'bun:test';
import { BackingError } from '../../../services/platform/backing-error.ts';
import { openPostgresJobStore } from '../../../services/platform/store/postgres/postgres-job-store.ts';
import { job } from '../../contracts/job-store.ts';
import { describeWith } from '../../postgres/describe.ts';
import { administer, ownPostgres } from '../../postgres/index.ts';
import { address, changes, refusal, Stores } from './support.ts';

const stores = new Stores();
afterEach(() => stores.close());

describe('an address that is none', () => {
  const bad = [
    '',
    'localhost:5432/jobs',
    'mysql://a:s3cret@h/jobs',
    'postgres://',
    'postgres://u:s3%zz@h:1/jobs',
  ];
  for (const url of [...bad, 'postgres://u:s3cret@h:99999/jobs', 'postgres://u:s3 cret@h/jobs']) {
    test(`is refused at once, without its password: ${url}`, () => {
      let thrown: unknown;
      try {
        openPostgresJobStore(url);
      } catch (error) {
        thrown = error; // What is thrown is what is tested.
      }
      expect(thrown).toBeInstanceOf(BackingError);
      expect(String(thrown)).toContain('postgres://user:password@host:port/database');
      expect(Bun.inspect(thrown)).not.toContain('s3');
    });
  }
});

// What an operator may mend while the engine waits is 'unavailable', and says what to mend.
describeWith(
  'what keeps the jobs from a PostgreSQL',
  await ownPostgres(),
  (server) => server.close(),
  (server) => {
    /** A new database of a user without rights, and the address of both. */
    async function databaseOf(user: string, options = ''): Promise<string> {
      await administer(server.url, [
        `CREATE USER ${user} PASSWORD 's3cret'`,
        `CREATE DATABASE ${user} ${options}`,
        `REVOKE ALL ON DATABASE ${user} FROM PUBLIC`,
        `GRANT CONNECT ON DATABASE ${user} TO ${user}`,
      ]);
      return address(server.url, { username: user, password: 's3cret', pathname: `/${user}` });
    }

    const asSuperuser = (url: string): string => address(server.url, { pathname: new URL(url).pathname });

    /** The call is refused with these words, never the password, as something that may be mended. */
    async function expectRefused(url: string, ...words: readonly string[]): Promise<void> {
      const error = await refusal(stores.open(url).load(['a']));
      expect(error).toMatchObject({ code: 'unavailable', canRetry: true });
      const { hostname, port, pathname, password } = new URL(url);
      for (const word of [`${hostname}:${port}`, `"${pathname.slice(1)}"`, ...words]) {
        expect(error.message).toContain(word);
      }
      expect(error.cause).toBeInstanceOf(Error);
      expect(Bun.inspect(error, { depth: 9 })).not.toContain(password);
    }

    test('a wrong password: says so, and goes on once it is right', async () => {
      const url = await databaseOf('forgetful');
      await administer(asSuperuser(url), ['GRANT ALL ON SCHEMA public TO forgetful']);
      const wrong = address(url, { password: 'wr0ng' });
      await expectRefused(wrong, 'password authentication failed for user "forgetful"', 'pg_hba.conf');
      const store = stores.open(wrong);
      await refusal(store.load(['a']));
      await administer(server.url, [`ALTER USER forgetful PASSWORD 'wr0ng'`]);
      expect(await store.save(changes(job('a')))).toEqual([]);
    });

    test('no such database: says so, and goes on once there is one', async () => {
      const url = address(server.url, { pathname: '/later' });
      await expectRefused(url, 'database "later" does not exist', 'Create it');
      const store = stores.open(url);
      await refusal(store.load(['a']));
      await administer(server.url, ['CREATE DATABASE later']);
      expect(await store.save(changes(job('a')))).toEqual([]);
    });

    test('no right to make the table: says so, and goes on once it is there with the rights', async () => {
      const url = await databaseOf('humble');
      await administer(asSuperuser(url), ['REVOKE CREATE ON SCHEMA public FROM PUBLIC']);
      await expectRefused(url, 'permission denied for schema public', 'CREATE on the schema');
      await stores.open(asSuperuser(url)).load(['a']);
      await expectRefused(url, 'permission denied for table requite_jobs', 'Grant', 'SELECT');
      await administer(asSuperuser(url), [
        'GRANT SELECT, INSERT, UPDATE, DELETE ON requite_jobs TO humble',
        'GRANT USAGE ON SCHEMA public TO humble',
      ]);
      const store = stores.open(url);
      expect(await store.save(changes(job('a')))).toEqual([]);
      expect(await store.save([{ job: job('a', { revision: 2 }), forget: true }])).toEqual([]);
    });

    test('a schema of its own, by search_path; one that is missing is named', async () => {
      const url = await databaseOf('tidy');
      const inSchema = `${url}?search_path=billing`;
      await expectRefused(inSchema, 'no schema has been selected', 'search_path');
      await administer(asSuperuser(url), ['CREATE SCHEMA billing AUTHORIZATION tidy']);
      expect(await stores.open(inSchema).save(changes(job('a')))).toEqual([]);
      const [row] = await administer(asSuperuser(url), [
        'SELECT count(*)::integer AS count FROM billing.requite_jobs',
      ]);
      expect(row).toEqual({ count: 1 });
    });

    test('a read-only server: names the primary as the way out', async () => {
      const url = await databaseOf('replica');
      await administer(server.url, ['ALTER DATABASE replica SET default_transaction_read_only = on']);
      await expectRefused(url, 'read-only', 'primary');
    });

    test('a table of that name that is not ours is left alone', async () => {
      const url = await databaseOf('stranger');
      await administer(asSuperuser(url), ['CREATE TABLE requite_jobs (id integer)']);
      await expectRefused(url, 'requite_jobs that is not ours');
    });

    test('a table of a newer Requite is left alone', async () => {
      const url = await databaseOf('pioneer');
      await stores.open(asSuperuser(url)).load([]);
      await stores.open(asSuperuser(url)).load(['a']);
      await administer(asSuperuser(url), [`COMMENT ON TABLE requite_jobs IS 'Jobs of Requite, format 2'`]);
      await expectRefused(url, 'format 2', 'Run the Requite that wrote it');
    });

    test('a database that is not in UTF-8', async () => {
      const url = await databaseOf('latin', "ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
      await expectRefused(url, 'LATIN1', "ENCODING 'UTF8'");
    });

    test('too many connections', async () => {
      const url = await databaseOf('crowded');
      await administer(server.url, ['ALTER DATABASE crowded CONNECTION LIMIT 0']);
      await expectRefused(url, 'too many connections', 'max_connections');
    });

    test('a table that somebody dropped: one call fails, and the next makes it again', async () => {
      const url = await databaseOf('careless');
      await administer(asSuperuser(url), ['GRANT ALL ON SCHEMA public TO careless']);
      const store = stores.open(url);
      await store.save(changes(job('a')));
      await administer(asSuperuser(url), ['DROP TABLE requite_jobs']);
      expect((await refusal(store.load(['a']))).message).toContain('made again');
      expect((await store.load(['a'])).size).toBe(0);
    });

    test('what PostgreSQL cannot take is not waited for', async () => {
      const store = stores.open(address(server.url, { pathname: '/postgres' }));
      const beyond = store.save(changes(job('a', { partition: 2 ** 40 })));
      await expect(beyond).rejects.toMatchObject({ code: '22003' });
      const long = Array.from({ length: 4_000 }, (_, n) => String.fromCharCode(0x4e00 + n * 3)).join('');
      expect(await refusal(store.save(changes(job(long))))).toMatchObject({
        code: 'record-too-large',
        canRetry: false,
      });
      expect(await store.save(changes(job('a')))).toEqual([]);
    });
  },
);
