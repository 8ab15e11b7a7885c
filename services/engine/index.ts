import { DocumentFiles } from '../platform/document-files.ts';
import { runLoop } from '../platform/host/loop.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { serveWorkflows } from '../platform/host/workflows.ts';
import { type Platform, type Service, serviceOf } from '../platform/service.ts';
import { BillWriter } from './bill-writer.ts';
import { BILLING_WORKFLOWS } from './billing-workflows.ts';

/** The Billing Engine: runs `bill-generation` and `order-billing`, and writes each completed bill to its file unless it is told not to. No REST. */
export async function startEngine(platform: Platform): Promise<Service> {
  const { settings, backing, metrics, telemetry } = platform;
  const logger = platform.logger.child({ service: 'engine' });
  const files = settings.billFiles ? await DocumentFiles.open(settings.billsDir, 'txt') : null;
  const workflows = await serveWorkflows(BILLING_WORKFLOWS, {
    ...onPlatform(platform, logger),
    group: 'engine',
    maxOpenJobs: settings.openJobs,
  });
  const { transport } = backing;
  const writer =
    files === null ? null : runLoop(new BillWriter(files, logger, telemetry), { transport, logger, metrics });
  return serviceOf('engine', { ...(writer === null ? {} : { 'bill-writer': writer }), workflows });
}
