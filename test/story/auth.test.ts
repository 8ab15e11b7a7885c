import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../broker/ports.ts';
import { describeWithKeycloak, type Keycloak, sharedKeycloak } from '../keycloak/index.ts';
import { Processes } from '../support/processes.ts';
import { until } from '../support/until.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

describeWithKeycloak('a lab of processes that asks for tokens', () => {
  let keycloak: Keycloak;
  let directory: string;
  let processes: Processes;
  let ports: Record<'coordinator' | 'crm' | 'first' | 'second', number>;

  const ask = async (port: number, path: string, token: string | null, body?: unknown): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };

  const startLab = async (): Promise<void> => {
    const env = {
      DATA_DIR: directory,
      PARTITIONS: '4',
      OIDC_ISSUER: keycloak.issuer,
      OIDC_CLIENT_ID: 'requite-services',
      OIDC_CLIENT_SECRET: 'requite-services-development',
      STANDBY_REPLICAS: '0',
    };
    const at = (port: number): string => `http://127.0.0.1:${port}`;
    await processes.start('coordinator', {
      services: ['coordinator'],
      env: { ...env, COORDINATOR_PORT: String(ports.coordinator) },
      url: at(ports.coordinator),
    });
    await processes.start('crm', {
      services: ['crm'],
      env: { ...env, CRM_PORT: String(ports.crm) },
      url: at(ports.crm),
    });
    await processes.start('engine', { services: ['engine'], env });
    for (const name of ['first', 'second'] as const) {
      await processes.start(name, {
        services: ['orders-service'],
        env: { ...env, ORDERS_PORT: String(ports[name]) },
        url: at(ports[name]),
      });
    }
  };

  beforeAll(async () => {
    keycloak = await sharedKeycloak();
    directory = mkdtempSync(join(tmpdir(), 'requite-auth-'));
    processes = new Processes(directory);
    const [coordinator = 0, crm = 0, first = 0, second = 0] = await freePorts(4);
    ports = { coordinator, crm, first, second };
  }, 600_000);
  afterAll(async () => {
    await processes?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test('comes up while Keycloak is away, says 503 to tokens, and takes them once it is back', async () => {
    const alice = await keycloak.tokenOf('alice');
    await keycloak.kill();
    await startLab();
    expect((await ask(ports.coordinator, '/health/ready', null)).status).toBe(200);
    expect((await ask(ports.coordinator, '/runs', null)).status).toBe(401);
    const early = await ask(ports.coordinator, '/', alice, { customerIdentifiers: ['2'] });
    expect(early.status).toBe(503);
    expect(early.headers.get('retry-after')).toBe('2');
    await keycloak.start();
    await until(
      'the token to be taken',
      async () => (await ask(ports.coordinator, '/runs', alice)).status === 200,
    );
    expect(JSON.parse((await ask(ports.coordinator, '/runs', alice)).body).runs).toEqual([]);
  }, 600_000);

  test('alice has customers billed and reads the bills; bob may neither', async () => {
    const [alice, bob] = await Promise.all([keycloak.tokenOf('alice'), keycloak.tokenOf('bob')]);
    const run = { customerIdentifiers: ['2', '4', '5'] };
    const refused = await ask(ports.coordinator, '/', bob, run);
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body).detail).toContain('needs the role run-starter; the token of bob has');
    expect((await ask(ports.coordinator, '/', null, run)).status).toBe(401);

    const accepted = await ask(ports.coordinator, '/', alice, run);
    expect(accepted.status).toBe(202);
    const { runId } = JSON.parse(accepted.body) as { runId: string };
    const completed = await until('the run to complete', async () => {
      const { status, body } = await ask(ports.coordinator, `/runs/${runId}?wait=10s`, alice);
      expect(status).toBe(200);
      const run = JSON.parse(body) as { completed: number; workflows: { workflowId: string }[] };
      return run.completed === 3 && run;
    });
    const bill = `/bills/${completed.workflows[0]?.workflowId}`;
    expect((await ask(ports.coordinator, bill, alice)).body).toContain('Total');
    expect((await ask(ports.coordinator, bill, bob)).status).toBe(403);
    expect((await ask(ports.coordinator, '/runs', bob)).status).toBe(403);
    expect((await ask(ports.crm, '/customers', alice)).status).toBe(403);
    expect((await ask(ports.crm, '/customers', await keycloak.tokenOf('admin'))).status).toBe(200);
  }, 300_000);

  test('bob reads his orders at every instance: they ask each other with a token of their own', async () => {
    const bob = await keycloak.tokenOf('bob');
    const ids = Array.from({ length: 8 }, (_, at) => `order-${at}`);
    for (const id of ids) {
      const order = { id, customerId: '2', product: 'keyboard', quantity: 1, price: '49.90' };
      const { status, body } = await ask(ports.first, '/v1/orders', bob, order);
      expect({ status, body: status === 201 ? '' : body }).toEqual({ status: 201, body: '' });
    }
    expect((await ask(ports.first, '/v1/orders/order-0', await keycloak.tokenOf('alice'))).status).toBe(403);
    for (const port of [ports.first, ports.second]) {
      for (const id of ids) expect((await ask(port, `/v1/orders/${id}?timeout=20000`, bob)).status).toBe(200);
    }
    // both have a share, so that some of these were asked for at the other
    const instances = JSON.parse(
      (await ask(ports.first, '/v1/instances', await keycloak.tokenOf('admin'))).body,
    );
    expect(instances.instances.length).toBe(2);
  }, 300_000);
});
