// Services as the catalogue has them, but for how long what comes too early waits: a test has not ten minutes.
import { orderValidation } from '../../core/mod.ts';
import { BillWriter } from '../../services/engine/bill-writer.ts';
import { engineWorkflows } from '../../services/engine/billing-workflows.ts';
import { DocumentFiles } from '../../services/platform/document-files.ts';
import { runLoop } from '../../services/platform/host/loop.ts';
import { onPlatform } from '../../services/platform/host/on-platform.ts';
import { serveWorkflows } from '../../services/platform/host/workflows.ts';
import { type StartService, serviceOf } from '../../services/platform/service.ts';
import { HardeningLab } from './lab.ts';

const earlyWait = '300ms';

const startEngine: StartService = async (platform) => {
  const { settings, backing, metrics, logger } = platform;
  const files = await DocumentFiles.open(settings.billsDir, 'txt');
  const hosted = { ...onPlatform(platform, logger), group: 'engine', earlyWait } as const;
  const workflows = await serveWorkflows(engineWorkflows('workflow-id'), hosted);
  const writing = { transport: backing.transport, logger, metrics };
  return serviceOf('engine', { 'bill-writer': runLoop(new BillWriter(files, logger), writing), workflows });
};

const AGGREGATOR = 'validation-aggregator';
const startAggregator: StartService = async (platform) => {
  const hosted = { ...onPlatform(platform, platform.logger), group: AGGREGATOR, earlyWait } as const;
  return serviceOf(AGGREGATOR, {
    workflows: await serveWorkflows([orderValidation({ timeLimit: '5m' })], hosted),
  });
};

/** Coordinator, engine and CRM. */
export const startBilling = (): Promise<HardeningLab> =>
  HardeningLab.start(['coordinator', 'engine', 'crm'], { engine: startEngine });

const ORDERS = [
  'orders-service',
  'inventory-service',
  'product-service',
  'fraud-service',
  'order-details-service',
  AGGREGATOR,
];

/** All that an order needs until it is VALIDATED. */
export const startOrders = (): Promise<HardeningLab> =>
  HardeningLab.start(ORDERS, { [AGGREGATOR]: startAggregator });
