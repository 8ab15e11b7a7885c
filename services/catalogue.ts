// Every service by name, and the sets that are started together.
import type { StartService } from './platform/service.ts';

/** How to get at each service's start; loaded when asked for, so that nobody pays for what he does not run. */
export const services: Readonly<Record<string, () => Promise<StartService>>> = {
  coordinator: async () => (await import('./coordinator/index.ts')).startCoordinator,
  engine: async () => (await import('./engine/index.ts')).startEngine,
  crm: async () => (await import('./crm/index.ts')).startCrm,
  'orders-service': async () => (await import('./orders/index.ts')).startOrdersService,
  'inventory-service': async () => (await import('./inventory/index.ts')).startInventoryService,
  'product-service': async () => (await import('./products/index.ts')).startProductService,
  'fraud-service': async () => (await import('./fraud/index.ts')).startFraudService,
  'order-details-service': async () => (await import('./order-details/index.ts')).startOrderDetailsService,
  'validation-aggregator': async () =>
    (await import('./validation-aggregator/index.ts')).startValidationAggregator,
  'email-service': async () => (await import('./email/index.ts')).startEmailService,
  'invoice-service': async () => (await import('./invoice/index.ts')).startInvoiceService,
  'fulfilment-service': async () => (await import('./fulfilment/index.ts')).startFulfilmentService,
  'forecasting-service': async () => (await import('./forecasting/index.ts')).startForecastingService,
  'logistic-service': async () => (await import('./logistic/index.ts')).startLogisticService,
  'notification-service': async () => (await import('./notifications/index.ts')).startNotificationService,
  'configuration-service': async () => (await import('./configuration/index.ts')).startConfigurationService,
};

const billing = ['coordinator', 'engine', 'crm'] as const;
const orders = [
  'orders-service',
  'product-service',
  'inventory-service',
  'fraud-service',
  'order-details-service',
  'validation-aggregator',
  'fulfilment-service',
  'logistic-service',
  'email-service',
  'crm',
] as const;

const choreography = [
  'orders-service',
  'invoice-service',
  'fulfilment-service',
  'forecasting-service',
  'logistic-service',
] as const;

/** Names for several services at once. */
export const sets: Readonly<Record<string, readonly string[]>> = {
  billing,
  orders,
  choreography,
  all: Object.keys(services),
};

/** The set that is started where nothing is named. */
export const DEFAULT_SET = 'billing';

/** The services that these names come to, each once; the names that nothing has. */
export function chosenServices(names: readonly string[]): {
  readonly chosen: readonly string[];
  readonly unknown: readonly string[];
} {
  const asked = names.length === 0 ? [DEFAULT_SET] : names;
  const isKnown = (name: string): boolean => Object.hasOwn(services, name) || Object.hasOwn(sets, name);
  return {
    chosen: [
      ...new Set(
        asked.filter(isKnown).flatMap((name) => (Object.hasOwn(sets, name) ? (sets[name] ?? []) : [name])),
      ),
    ],
    unknown: asked.filter((name) => !isKnown(name)),
  };
}

/** Loads a service's start. Throws for a name that nothing has. */
export async function startOf(name: string): Promise<StartService> {
  const load = Object.hasOwn(services, name) ? services[name] : undefined;
  if (load === undefined) throw new RangeError(`there is no service "${name}"`);
  return await load();
}
