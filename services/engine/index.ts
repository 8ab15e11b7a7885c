import { billGeneration } from '../../core/mod.ts';
import { DocumentFiles } from '../platform/document-files.ts';
import { runLoop } from '../platform/host/loop.ts';
import { serveWorkflows } from '../platform/host/workflows.ts';
import type { Platform, Readiness, Service } from '../platform/service.ts';
import { BillWriter } from './bill-writer.ts';

/** The Billing Engine: runs `bill-generation`, and writes each completed bill to its file. No REST. */
export async function startEngine({ settings, backing, logger }: Platform): Promise<Service> {
  const log = logger.child({ service: 'engine' });
  const files = await DocumentFiles.open(settings.billsDir, 'txt');
  const workflows = await serveWorkflows([billGeneration], {
    group: 'engine',
    backing,
    logger: log,
    partitions: settings.partitions,
    maxOpenJobs: settings.openJobs,
  });
  const writer = await runLoop(new BillWriter(files, log), { transport: backing.transport, logger: log });
  return {
    name: 'engine',
    url: null,
    readiness: async (): Promise<Readiness> => {
      const checks = { workflows: workflows.readiness(), 'bill-writer': writer.readiness() };
      return { ready: Object.values(checks).every((check) => check === 'running'), checks };
    },
    stop: async () => {
      await workflows.stop();
      await writer.stop();
    },
  };
}
