import { orderValidation } from '../../core/mod.ts';
import { serveWorkflows } from '../platform/host/workflows.ts';
import { type Platform, type Service, serviceOf } from '../platform/service.ts';

const NAME = 'validation-aggregator';

/** The validation aggregator: gathers each order's three checks into its one result. No REST. */
export async function startValidationAggregator(platform: Platform): Promise<Service> {
  const { settings, backing, logger, stopping } = platform;
  const workflows = await serveWorkflows([orderValidation({ timeLimit: settings.validationLimit })], {
    group: NAME,
    backing,
    logger: logger.child({ service: NAME }),
    partitions: settings.partitions,
    maxOpenJobs: settings.openJobs,
    acceptLostJobs: settings.acceptLostJobs,
    stopping,
  });
  return serviceOf(NAME, { workflows });
}
