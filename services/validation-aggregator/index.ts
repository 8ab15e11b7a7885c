import { orderValidation } from '../../core/mod.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { serveWorkflows } from '../platform/host/workflows.ts';
import { type Platform, type Service, serviceOf } from '../platform/service.ts';

const NAME = 'validation-aggregator';

/** The validation aggregator: gathers each order's three checks into its one result. No REST. */
export async function startValidationAggregator(platform: Platform): Promise<Service> {
  const { settings, logger } = platform;
  const workflows = await serveWorkflows([orderValidation({ timeLimit: settings.validationLimit })], {
    ...onPlatform(platform, logger.child({ service: NAME })),
    group: NAME,
    maxOpenJobs: settings.openJobs,
  });
  return serviceOf(NAME, { workflows });
}
