// Whether the ports are free that the services would listen on; one that a service of ours has is its.
import { createServer } from 'node:net';
import type { Settings } from '../../platform/config.ts';
import { type Check, failure, ok, reasonOf, warning } from './check.ts';

const ASK_WITHIN_MS = 2_000;
/** Clocks may differ so much without anybody noticing; the header Date has whole seconds. */
const SKEW_MS = 3_000;

interface Port {
  readonly service: string;
  readonly port: number;
  readonly variable: string;
}

export function portsOf(settings: Settings, services: readonly string[]): readonly Port[] {
  const all: readonly Port[] = [
    { service: 'coordinator', port: settings.coordinatorPort, variable: 'COORDINATOR_PORT' },
    { service: 'crm', port: settings.crmPort, variable: 'CRM_PORT' },
    { service: 'orders-service', port: settings.ordersPort, variable: 'ORDERS_PORT' },
    { service: 'product-service', port: settings.productsPort, variable: 'PRODUCTS_PORT' },
    { service: 'inventory-service', port: settings.inventoryPort, variable: 'INVENTORY_PORT' },
    { service: 'notification-service', port: settings.notificationsPort, variable: 'NOTIFICATIONS_PORT' },
    { service: 'configuration-service', port: settings.configurationPort, variable: 'CONFIGURATION_PORT' },
  ];
  return all.filter(({ service, port }) => services.includes(service) && port !== 0);
}

export async function checkPort({ service, port, variable }: Port, host: string): Promise<readonly Check[]> {
  const name = `port ${port} (${service})`;
  const code = await listenError(host, port);
  if (code === null) return [ok(name, 'free')];
  if (code === 'EADDRINUSE') return await checkTaken(name, port, host, variable);
  if (code === 'EACCES')
    return [failure(name, 'this user may not listen on it', `Set ${variable} to a port above 1023.`)];
  return [failure(name, `${host} can't be listened on: ${code}`, 'Set HOST to an address of this machine.')];
}

/** Null where it can be listened on. */
function listenError(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

async function checkTaken(
  name: string,
  port: number,
  host: string,
  variable: string,
): Promise<readonly Check[]> {
  const at = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const url = `http://${at.includes(':') ? `[${at}]` : at}:${port}/health/ready`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
    const said = (await response.json()) as {
      readonly ready?: unknown;
      readonly checks?: Record<string, unknown>;
    };
    if (typeof said.ready !== 'boolean') return [taken(name, 'something else answers there', variable)];
    const skew = checkSkew(name, response.headers.get('date'));
    if (said.ready) return [ok(name, 'a service of ours runs there, and is ready'), ...skew];
    const waits = Object.entries(said.checks ?? {}).map(([what, how]) => `${what}: ${String(how)}`);
    return [
      failure(
        name,
        `a service of ours runs there, and is not ready: ${waits.join('; ')}`,
        'It goes on by itself once it has what it waits for; its log says more.',
      ),
      ...skew,
    ];
  } catch (error) {
    // whoever has the port does not speak as our services do
    return [taken(name, `something else has it (${reasonOf(error)})`, variable)];
  }
}

const taken = (name: string, detail: string, variable: string): Check =>
  failure(name, detail, `End what has the port, or set ${variable} to a free one.`);

function checkSkew(name: string, date: string | null): readonly Check[] {
  const told = date === null ? Number.NaN : Date.parse(date);
  const skewMs = Math.abs(Date.now() - told);
  if (!(skewMs > SKEW_MS)) return [];
  return [
    warning(`${name}, clock`, `differs by ${Math.round(skewMs / 1000)} s from ours`, 'Let both follow NTP.'),
  ];
}
