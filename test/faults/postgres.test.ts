// PostgreSQL dies, freezes, or is behind a network that swallows everything, while workflows run (invariant 5).
import { afterEach, beforeEach, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openPostgresJobStore,
  type PostgresJobStoreOptions,
} from '../../services/platform/store/postgres/postgres-job-store.ts';
import { openEmbedded } from '../../services/platform/transport/embedded/open.ts';
import { Relay } from '../platform/postgres/relay.ts';
import { describeWith } from '../postgres/describe.ts';
import { administer, ownPostgres } from '../postgres/index.ts';
import { until } from '../support/until.ts';
import { beside, Greetings } from './greetings.ts';

const QUICK: PostgresJobStoreOptions = { connectTimeoutMs: 500, statementTimeoutMs: 500 };
const UP = 'requite_store_up{store="postgres"} 1';
const DOWN = 'requite_store_up{store="postgres"} 0';

describeWith(
  'jobs in PostgreSQL',
  await ownPostgres(),
  (server) => server.close(),
  (server) => {
    const undo: (() => Promise<void> | void)[] = [];
    let database = '';
    let made = 0;
    beforeEach(async () => {
      const name = `faults_${made++}`;
      await administer(server.url, [`CREATE DATABASE ${name}`]);
      const address = new URL(server.url);
      address.pathname = `/${name}`;
      database = address.href;
    });
    afterEach(async () => {
      for (const each of undo.splice(0).reverse()) await each();
    });

    async function serve(url: string): Promise<Greetings> {
      const log = openEmbedded(mkdtempSync(join(tmpdir(), 'requite-log-')));
      const jobStore = openPostgresJobStore(url, QUICK);
      undo.push(
        () => log.close(),
        () => jobStore.close(),
      );
      const greetings = await Greetings.serve(beside(log.transport, jobStore));
      undo.push(() => greetings.stop());
      await greetings.ask(20);
      await greetings.allCompleted();
      await until('the store to be up', async () => (await greetings.metrics()).includes(UP));
      return greetings;
    }

    /** Breaks the store under work, and looks at what the engine says; then mends it, and nothing is lost. */
    async function survives(greetings: Greetings, fault: Fault): Promise<void> {
      await greetings.ask(300);
      await fault.begin();
      await greetings.ask(20);
      await until('the metric', async () => (await greetings.metrics()).includes(DOWN));
      await until('the reason', () => fault.says.test(greetings.readiness()), 30_000);
      await fault.end();
      await greetings.allCompleted();
      await until('the store to be up', async () => (await greetings.metrics()).includes(UP));
      await until('the engine to be ready', () => greetings.readiness() === 'running');
    }

    test('killed with -9 and started again', async () => {
      await survives(await serve(database), {
        begin: () => server.kill(),
        says: /PostgreSQL at .*(refuses connections|connection broke)/,
        end: () => server.start(),
      });
    });

    test('frozen with SIGSTOP past every time limit, and thawed', async () => {
      await survives(await serve(database), {
        begin: () => server.freeze(),
        says: /PostgreSQL at .*does not answer/,
        end: () => server.thaw(),
      });
    });

    test('behind a connection that carries no answers any more', async () => {
      const relay = await Relay.to(database);
      undo.push(() => relay.close());
      await survives(await serve(relay.url), {
        begin: () => relay.mute(),
        says: /PostgreSQL at .*does not answer/,
        end: () => relay.cut(),
      });
    });
  },
);

interface Fault {
  readonly begin: () => Promise<void> | void;
  readonly says: RegExp;
  readonly end: () => Promise<void> | void;
}
