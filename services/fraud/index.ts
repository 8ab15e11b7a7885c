import { fraudFold, orderTopicSpecs } from '../../core/mod.ts';
import { serveFold } from '../platform/host/folds.ts';
import { type Platform, type Service, serviceOf } from '../platform/service.ts';

const NAME = 'fraud-service';

/** The fraud check: a customer's orders within one session, against a limit. No REST. */
export async function startFraudService(platform: Platform): Promise<Service> {
  const { settings, backing, logger, stopping } = platform;
  const fold = await serveFold(fraudFold, {
    backing,
    logger: logger.child({ service: NAME }),
    partitions: settings.partitions,
    topics: orderTopicSpecs(1),
    acceptLostJobs: settings.acceptLostJobs,
    stopping,
  });
  return serviceOf(NAME, { orders: fold });
}
