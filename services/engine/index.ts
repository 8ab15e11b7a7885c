import { billNumberQuestionsFold, billNumbersFold, numberingTopics } from '../../core/mod.ts';
import { DocumentFiles } from '../platform/document-files.ts';
import { serveFold } from '../platform/host/folds.ts';
import { runLoop } from '../platform/host/loop.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { serveWorkflows } from '../platform/host/workflows.ts';
import type { Logger } from '../platform/log.ts';
import { type Part, type Platform, type Service, serviceOf } from '../platform/service.ts';
import { BillWriter } from './bill-writer.ts';
import { engineWorkflows } from './billing-workflows.ts';

/**
 * The Billing Engine: runs `bill-generation`, `order-billing` and `bill-preview`, numbers their bills, and writes each completed bill to its
 * file, unless it is told to leave out one of the last two. No REST.
 */
export async function startEngine(platform: Platform): Promise<Service> {
  const { settings, backing, metrics, telemetry } = platform;
  const logger = platform.logger.child({ service: 'engine' });
  const files = settings.billFiles ? await DocumentFiles.open(settings.billsDir, 'txt') : null;
  const workflows = await serveWorkflows(engineWorkflows(settings.billNumbers), {
    ...onPlatform(platform, logger),
    group: 'engine',
    maxOpenJobs: settings.openJobs,
  });
  const numbering = settings.billNumbers === 'gapless' ? await startNumbering(platform, logger) : {};
  const { transport } = backing;
  const writer =
    files === null ? null : runLoop(new BillWriter(files, logger, telemetry), { transport, logger, metrics });
  return serviceOf('engine', {
    ...(writer === null ? {} : { 'bill-writer': writer }),
    ...numbering,
    workflows,
  });
}

/** Beside the workflows, so that whoever bills can number: nothing more is to be started, or forgotten. */
async function startNumbering(platform: Platform, logger: Logger): Promise<Readonly<Record<string, Part>>> {
  const settings = { ...onPlatform(platform, logger), topics: Object.values(numberingTopics) };
  return {
    'number-questions': await serveFold(billNumberQuestionsFold, settings),
    numbers: await serveFold(billNumbersFold, settings),
  };
}
